"""Somebody puts what a line of the policy denies into a frame for everybody, or for a group.

The packet in it is for one. A policy that looks up by MAC who is asked finds nobody, and the bridge brings it to all.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.frames import BROADCAST_MAC, multicast_mac
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for meeting, opening in flows.tried(scene, claim, flows.first_denied):
        for mac in (BROADCAST_MAC, multicast_mac(meeting.target)):
            told = f"{opening} at {mac}"
            packet = flows.start(meeting, opening, flows.numbered(f"{flows.said(claim, meeting, opening)} {mac}"))
            yield flows.shot(scene, meeting, told, packet, mac=mac)


PROBE = Probe(
    "group-mac",
    "policy",
    ("ipv4", "ipv6"),
    "what a line denies, in a frame for everybody",
    flows.applies(flows.first_denied),
    _shots,
    honest="neighbour",
)
