"""Somebody sends an ICMP error about a connection that others have, to one of them who is not to hear from him.

Connection tracking takes an error for *related* to the connection that it quotes, whoever sends it (any router might):
`ct state related accept` lets the whole segment send each other errors, with whatever payload, once they know whom the
other one talks to (tried). Here one who may neither start anything towards the other nor be asked by him sends an
error about what the other has just started towards a third.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netproof.proof import flows, packets
from netproof.proof.claim import Claim
from netproof.proof.parties import members, stands
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening, meetings, turned
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


class _Lie(NamedTuple):
    """What is told where nothing may pass: an error about `opening`, which whoever is told has started at `other`."""

    meeting: Meeting
    other: Meeting
    opening: Opening


def _lies(site: Site, from_: str, to: str, family: str) -> Iterator[_Lie]:
    for meeting in meetings(site, from_, to, family):
        if meeting.is_shut_off() and turned(site, meeting).is_shut_off():
            for other, opening in _started(site, meeting, family):
                yield _Lie(meeting, other, opening)
                break


def _started(site: Site, meeting: Meeting, family: str) -> Iterator[tuple[Meeting, Opening]]:
    """Yield what whoever is told may start towards a third, from where he is told."""
    thirds = dict.fromkeys(m.node for s in stands(site, meeting.its.node) for m in members(site, s.segment))
    for third in thirds:
        for other in meetings(site, meeting.its.node, third, family) if third != meeting.mine.node else ():
            if other.source == meeting.target and other.mine == meeting.its:
                yield from ((other, opening) for opening in other.allowed(TCP, UDP, ICMP)[:1])


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_lies(site, from_, to, family))


def _prelude(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for lie in _lies(scene.site, claim.from_, claim.to, claim.family):
        yield flows.conversation(scene, lie.other, lie.opening, _number(claim, lie))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for lie in _lies(scene.site, claim.from_, claim.to, claim.family):
        told = f"an error of {lie.opening} with {lie.other.its.node}"
        yield flows.shot(scene, lie.meeting, told, _error(claim, lie))


def _error(claim: Claim, lie: _Lie) -> flows.Packet:
    start, ends = flows.start(lie.other, lie.opening, _number(claim, lie)), (lie.meeting.source, lie.meeting.target)
    return lambda token: packets.unreachable(ends, start(token))


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
