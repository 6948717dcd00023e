"""Two segments have the same addresses, and what is open in one is tried in the other: the very same ports, just then.

Where connection tracking knows no zones, a flow that one segment allows is established in every other one too: the
first packet passes there, and so does an answer, which in that segment is a start of its own (tried).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.parties import members
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening, meet, meetings, turned
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


@dataclass(frozen=True, slots=True)
class _Echo:
    """A flow between two `there`, a packet of which is tried `here`: its first, or the `answer` to that."""

    here: Meeting
    there: Meeting
    opening: Opening
    answer: bool


def _echoes(site: Site, from_: str, to: str, family: str) -> Iterator[_Echo]:
    for here in meetings(site, from_, to, family):
        for there in _doubles(site, here):
            back = turned(site, there)
            named = tuple(o for m in (there, back, here, turned(site, here)) for o in m.named(TCP, UDP, ICMP))
            started = (o for o in named if there.may(o) and not here.may(o))
            answered = (o for o in named if back.may(o) and flows.is_shut(here, o, flows.ELSEWHERE))
            yield from (_Echo(here, there, o, answer=False) for o in flows.first_of_each(started))
            yield from (_Echo(here, back, o, answer=True) for o in flows.first_of_each(answered))


def _doubles(site: Site, here: Meeting) -> Iterator[Meeting]:
    """Yield the meetings in other segments of two who have the addresses of those who meet `here`."""
    for segment in (s for s in site.segments if s != here.mine.segment):
        every = members(site, segment)
        mine = (m for m in every if here.source in m.addresses("ipv4") + m.addresses("ipv6"))
        its = [m for m in every if here.target in m.addresses("ipv4") + m.addresses("ipv6")]
        yield from (meet(site, a, b, here.source, here.target) for a in mine for b in its)


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_echoes(site, from_, to, family))


def _prelude(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for echo in _echoes(scene.site, claim.from_, claim.to, claim.family):
        yield flows.conversation(scene, echo.there, echo.opening, _number(claim, echo))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for echo in _echoes(scene.site, claim.from_, claim.to, claim.family):
        packet = (flows.answer if echo.answer else flows.start)(echo.there, echo.opening, _number(claim, echo))
        what = "an answer of" if echo.answer else "a start of"
        yield flows.shot(scene, echo.here, f"{what} {echo.opening} in {echo.there.mine.segment}", packet)


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
