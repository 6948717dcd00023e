"""What is open between two in one segment is tried in another one in their names: the very same ports, just then.

So do those who have the same addresses there, and whoever no guard holds to his own.

Where connection tracking knows no zones, a flow that one segment allows is established in every other one too: the
first packet passes there, and so does an answer, which in that segment is a start of its own (tried), and an ICMP error
about the flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations
from typing import Literal

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.parties import members
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening, meet, meetings, turned
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import family_of


@dataclass(frozen=True, slots=True)
class _Echo:
    """A flow between two `there`, of which something is tried `here`: its first packet, or what comes back."""

    here: Meeting
    there: Meeting
    opening: Opening
    what: Literal["a start", "an answer", "an error"]


def _echoes(site: Site, from_: str, to: str, family: str) -> Iterator[_Echo]:
    for here in meetings(site, from_, to, family):
        for there in _doubles(site, here):
            back = turned(site, there)
            named = tuple(o for m in (there, back, here, turned(site, here)) for o in m.named(TCP, UDP, ICMP))
            started = (o for o in named if there.may(o) and not here.may(o))
            answered = (o for o in named if back.may(o) and flows.is_shut(here, o, flows.ELSEWHERE))
            yield from (_Echo(here, there, o, "a start") for o in flows.first_of_each(started))
            for opening in flows.first_of_each(answered):
                yield _Echo(here, back, opening, "an answer")
                if not here.may(Opening(ICMP)):
                    yield _Echo(here, back, opening, "an error")


def _doubles(site: Site, here: Meeting) -> Iterator[Meeting]:
    """Yield the meetings in other segments of those in whose names `here` may be spoken."""
    for segment in (s for s in site.segments if s != here.mine.segment):
        every = members(site, segment)
        mine = (m for m in every if here.source in m.addresses("ipv4") + m.addresses("ipv6"))
        its = [m for m in every if here.target in m.addresses("ipv4") + m.addresses("ipv6")]
        same = [meet(site, a, b, here.source, here.target) for a in mine for b in its]
        yield from same or (islice(_allowed(site, segment, here), 1) if _may_claim_any(site, here) else ())


def _may_claim_any(site: Site, here: Meeting) -> bool:
    """Tell whether no guard holds who starts to his addresses; who is asked must be known by his port, as he is."""
    both = here.mine.node in site.endpoints and here.its.node in site.endpoints
    return both and not site.endpoints[here.mine.node].guard.ip


def _allowed(site: Site, segment: str, here: Meeting) -> Iterator[Meeting]:
    """Yield the meetings in `segment`, by the family of those `here`, of which a line allows something."""
    family = family_of(here.source)
    for a, b in permutations((e.name for e in site.endpoints_of(segment)), 2):
        for there in meetings(site, a, b, family):
            if any(m.allowed(TCP, UDP, ICMP) for m in (there, turned(site, there))):
                yield there


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_echoes(site, from_, to, family))


def _prelude(scene: Scene, claim: Claim) -> Iterator[Shot]:
    every = _echoes(scene.site, claim.from_, claim.to, claim.family)
    for echo in (e for e in every if e.what != "an error"):  # that is about the flow of the answer
        yield flows.conversation(scene, echo.there, echo.opening, _number(claim, echo))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for echo in _echoes(scene.site, claim.from_, claim.to, claim.family):
        packet = _WRITTEN[echo.what](echo.there, echo.opening, _number(claim, echo))
        yield flows.shot(scene, echo.here, f"{echo.what} of {echo.opening} in {echo.there.mine.segment}", packet)


_WRITTEN = {"a start": flows.start, "an answer": flows.answer, "an error": flows.error}


def _number(claim: Claim, echo: _Echo) -> flows.Number:
    name = f"{flows.said(claim, echo.there, echo.opening)} {echo.there.mine.node}"
    return flows.numbered(name, flows.ELSEWHERE)


PROBE = Probe(
    "other-tenant",
    "policy",
    ("ipv4", "ipv6"),
    "the ports of a flow that another segment allows",
    _applies,
    _shots,
    honest="neighbour",
    prelude=_prelude,
)
