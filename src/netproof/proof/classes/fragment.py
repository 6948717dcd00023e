"""Somebody sends what a line of the policy denies in two fragments: the second says nothing of ports.

A filter that reads ports of what it does not put together again lets the second pass, and the first if it is small
enough. Both must not arrive, though nothing was wrong with either.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import flows, packets
from netproof.proof.claim import Claim
from netproof.proof.policies import TCP, UDP, Meeting, Opening
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site

_OCTETS = {TCP: 64, UDP: 32}
"""Where the first ends: behind the header and a mark."""


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return flows.first_of_each(meeting.denied(TCP, UDP))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for meeting, opening in flows.tried(scene, claim, _pick):
        name = flows.said(claim, meeting, opening)
        for at, which in enumerate(("first", "second")):
            yield flows.shot(scene, meeting, f"{opening}, {which} fragment", _piece(meeting, opening, name, at))


def _piece(meeting: Meeting, opening: Opening, name: str, at: int) -> flows.Packet:
    def build(token: bytes) -> bytes:
        # The second has no mark, lest the checksum of the whole be another than the first says: it is known as it is.
        marked = token if at == 0 else bytes(20)
        ends, number = (meeting.source, meeting.target), flows.numbered(name)(token)
        whole = flows.written(ends, opening, number, marked.ljust(64, b"f"))
        return packets.fragments(whole, _OCTETS[opening.protocol], packets.number_of(name, token))[at]

    return build


PROBE = Probe(
    "fragment",
    "policy",
    ("ipv4", "ipv6"),
    "what a line denies, in two fragments",
    flows.applies(_pick),
    _shots,
    honest="neighbour",
)
