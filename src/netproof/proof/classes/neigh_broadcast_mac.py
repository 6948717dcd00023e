"""A guest that knows no MAC pings in frames to ff:ff:ff:ff:ff:ff: the bridge hands a copy to the host's stack."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import echo_to_mac, host_address_ahead
from netproof.proof.claim import Claim
from netproof.proof.frames import BROADCAST_MAC
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return echo_to_mac(scene, claim, lambda _way, _target: BROADCAST_MAC)


PROBE = Probe(
    "neigh-broadcast-mac",
    "isolation",
    ("ipv4", "ipv6"),
    "a static neighbour entry with the broadcast MAC, then ICMP",
    host_address_ahead,
    _shots,
)
