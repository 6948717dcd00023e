"""Somebody sends an ICMP error about a connection that others have, to one of them who is not to hear from him.

Connection tracking takes an error for *related* to the connection that it quotes, whoever sends it (any router might):
`ct state related accept` lets the whole segment send each other errors, with whatever payload, once they know whom the
other one talks to (tried). Here one who may neither start anything towards the other nor be asked by him sends an
error about what the other has just started towards a third, and about what the other has just answered to one: the
two come by the two directions of a connection, of which each has rules of its own.

So too through a gateway, about what it routes: there every such error is related to a connection that the host knows.

Nothing is claimed of who stands outside the hosts, as routers do, where a line allows the other one something with
somebody out there: routers on the way may send errors about that, and nothing tells a router from a station. So may
whoever is behind a gateway's NIC. Nor is anything where NAT changes who is who.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple

from netproof.proof import flows, packets
from netproof.proof.claim import Claim
from netproof.proof.crossings import crossings, encounters, turned
from netproof.proof.parties import Same, members, stands
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening, may_mean, meetings
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.site.policy import Selector

_ANYTHING = (Opening(TCP, UDP_PORT), Opening(UDP, UDP_PORT), Opening(ICMP))
"""What is tried where lines name nothing that they let pass, and it passes all the same."""


class _Lie(NamedTuple):
    """What is told where nothing may pass: an error about `opening` in `other`, in which whoever is told is one."""

    meeting: Meeting
    other: Meeting
    opening: Opening

    @property
    def is_of_an_answer(self) -> bool:
        """Whether whoever is told was asked; else it started."""
        return self.other.its == self.meeting.its


def _lies(site: Site, from_: str, to: str, family: str) -> Iterator[_Lie]:
    for meeting in encounters(site, from_, to, family):
        denied = _is_denied(meeting) and _is_denied(turned(site, meeting))
        if denied and _is_between_two(meeting) and not _may_be_a_router(site, meeting):
            for asked in (False, True):
                yield from islice(_about(site, meeting, family, asked=asked), 1)


def _is_denied(meeting: Meeting) -> bool:
    """Tell whether nothing is to pass, nor ever was: a line that allows what another one has denied allows errors."""
    before = takewhile(lambda line: all(t.protocol != "all" for t in line.traffic), meeting.lines)
    return meeting.is_shut_off() and (meeting.shut or not any(line.allow for line in before))


def _is_between_two(meeting: Meeting) -> bool:
    """Tell whether no host is asked itself, nor has put its own address in place of another one."""
    return meeting.gate is None or (meeting.gate.far is not None and meeting.seen == meeting.source)


def _may_be_a_router(site: Site, meeting: Meeting) -> bool:
    """Tell whether who lies is outside, and a line allows something between whoever is told and somebody there."""
    if meeting.mine.node in site.endpoints or meeting.gate:
        return meeting.mine.node not in site.endpoints
    told, segment = meeting.its.node, meeting.its.segment
    sides = (side for line in site.policy if line.allow for side in ((line.from_, line.to), (line.to, line.from_)))
    return any(may_mean(site, one, told) and _means_one_outside(site, segment, other) for one, other in sides)


def _means_one_outside(site: Site, segment: str, selectors: tuple[Selector, ...]) -> bool:
    inside = {segment, *(e.name for e in site.endpoints_of(segment))}
    return any(s not in inside for s in selectors)


def _about(site: Site, meeting: Meeting, family: str, *, asked: bool) -> Iterator[_Lie]:
    """Yield lies about what whoever is told may start towards a third, or be `asked` by one, where it is told."""
    for flow in _flows(Same(site), meeting.its.node, family, routed=meeting.gate is not None, asked=asked):
        from_here = (flow.outwards.mine, flow.outwards.source) == (meeting.its, meeting.target)
        if from_here and flow.outwards.its.node != meeting.mine.node:
            yield _Lie(meeting, flow.meeting, flow.opening)


class _Flow(NamedTuple):
    """What may be started in `meeting`, with whoever is to be told about it as the first of the two `outwards`."""

    meeting: Meeting
    opening: Opening
    outwards: Meeting


@lru_cache(maxsize=1 << 14)
def _flows(key: Same, node: str, family: str, *, routed: bool, asked: bool) -> tuple[_Flow, ...]:
    """Return what `node` may start, or be `asked`, one a meeting: as a neighbour, or `routed`."""
    site, found = key.site, list[_Flow]()
    for third in _partners(key, node) if routed else _neighbours(site, node):
        for other in (crossings if routed else meetings)(site, node, third, family):
            about = turned(site, other) if asked else other
            if all(_is_between_two(m) and (m.gate is None or m.gate.answers) for m in (other, about)):
                passing = (o for o in (*about.named(TCP, UDP, ICMP), *_ANYTHING) if about.may(o))
                found.extend(_Flow(about, opening, other) for opening in islice(passing, 1))
    return tuple(found)


def _neighbours(site: Site, node: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.node for s in stands(site, node) for m in members(site, s.segment)))


@lru_cache(maxsize=1 << 12)
def _partners(key: Same, node: str) -> tuple[str, ...]:
    """Return with whom a line allows `node` something, one way or the other."""
    site = key.site
    allowed = [line for line in site.policy if line.allow]
    others = [line.to for line in allowed if may_mean(site, line.from_, node)]
    others += [line.from_ for line in allowed if may_mean(site, line.to, node)]
    nodes = (*site.endpoints, *site.stations)
    return tuple(n for n in nodes if n != node and any(may_mean(site, side, n) for side in others))


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_lies(site, from_, to, family))


def _prelude(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for lie in _lies(scene.site, claim.from_, claim.to, claim.family):
        yield flows.conversation(scene, lie.other, lie.opening, _number(claim, lie))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for lie in _lies(scene.site, claim.from_, claim.to, claim.family):
        told = f"an error of {lie.opening} with {lie.other.its.node}"
        if lie.is_of_an_answer:
            told = f"an error of the answer to {lie.opening} of {lie.other.mine.node}"
        yield flows.shot(scene, lie.meeting, told, _error(claim, lie))


def _error(claim: Claim, lie: _Lie) -> flows.Packet:
    ends = (lie.meeting.source, lie.meeting.target)
    quoted = (flows.answer if lie.is_of_an_answer else flows.start)(lie.other, lie.opening, _number(claim, lie))
    return lambda token: packets.unreachable(ends, quoted(token))


def _number(claim: Claim, lie: _Lie) -> flows.Number:
    return flows.numbered(flows.said(claim, lie.other, lie.opening))


PROBE = Probe(
    "foreign-error",
    "policy",
    ("ipv4", "ipv6"),
    "an ICMP error about a connection of others",
    _applies,
    _shots,
    honest="neighbour",
    prelude=_prelude,
)
