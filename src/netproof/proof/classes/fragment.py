"""Somebody sends what a line of the policy denies in two fragments: the second says nothing of ports.

A filter that reads ports of what it does not put together again lets the second pass, and the first if it is small
enough. Both must not arrive, though nothing was wrong with either. Not tried at a host, whose stack hands up what it
has put together, nor through one with NAT, which puts together whatever it forwards, policy or none.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import flows, packets
from netproof.proof.claim import Claim
from netproof.proof.crossings import encounters
from netproof.proof.policies import TCP, UDP, Meeting, Opening
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site

_OCTETS = {TCP: 80, UDP: 48}
"""Where the first ends: behind the header and a mark."""


def _pick(site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    if meeting.gate and (meeting.gate.far is None or _has_nat(site, meeting.gate.host)):
        return ()
    return flows.first_of_each(meeting.denied(TCP, UDP))


def _has_nat(site: Site, host: str) -> bool:
    return any(s.gateway and s.gateway.nat and host in s.gateway.hosts for s in site.segments.values())


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for meeting, opening in flows.tried(scene, claim, _pick, encounters):
        name = flows.said(claim, meeting, opening)
        for at, which in enumerate(("first", "second")):
            yield flows.shot(scene, meeting, f"{opening}, {which} fragment", _piece(meeting, opening, name, at))


def _piece(meeting: Meeting, opening: Opening, name: str, at: int) -> flows.Packet:
    def build(token: bytes) -> bytes:
        # A mark beside its complement adds nothing to a checksum: each tells of itself, and the first of them both.
        nothing = bytes(len(token))
        marked = (_cancelled(token) + _cancelled(nothing)) if at == 0 else (_cancelled(nothing) + _cancelled(token))
        ends, number = (meeting.source, meeting.target), flows.numbered(name)(token)
        whole = flows.written(ends, opening, number, marked)
        return packets.fragments(whole, _OCTETS[opening.protocol], packets.number_of(name, token))[at]

    return build


def _cancelled(mark: bytes) -> bytes:
    return mark + bytes(octet ^ 0xFF for octet in mark)


PROBE = Probe(
    "fragment",
    "policy",
    ("ipv4", "ipv6"),
    "what a line denies, in two fragments",
    flows.applies(_pick, encounters),
    _shots,
    honest="neighbour",
)
