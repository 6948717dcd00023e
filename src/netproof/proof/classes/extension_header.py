"""Somebody hides what a line of the policy denies behind an IPv6 extension header.

The IPv6 header then names the extension as what comes next: a filter that looks no further finds neither TCP nor UDP.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.crossings import encounters
from netproof.proof.frames import HOP_BY_HOP, OPTIONS, behind
from netproof.proof.policies import Meeting, Opening
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene

_HEADERS = {"destination options": OPTIONS, "hop-by-hop options": HOP_BY_HOP}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for meeting, opening in flows.tried(scene, claim, flows.first_denied, encounters):
        for told, header in _HEADERS.items():
            name = f"{flows.said(claim, meeting, opening)} {told}"
            yield flows.shot(scene, meeting, f"{opening} behind {told}", _hidden(meeting, opening, name, header))


def _hidden(meeting: Meeting, opening: Opening, name: str, header: int) -> flows.Packet:
    plain = flows.start(meeting, opening, flows.numbered(name))
    return lambda token: behind(plain(token), header)


PROBE = Probe(
    "extension-header",
    "policy",
    ("ipv6",),
    "what a line denies, behind an extension header",
    flows.applies(flows.first_denied, encounters),
    _shots,
    honest="neighbour",
)
