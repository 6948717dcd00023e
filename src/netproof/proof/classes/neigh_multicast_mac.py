"""A guest sends its unicast ping in a frame to a multicast MAC; a filter on the bridge's own MAC does not see it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from netproof.proof.aims import echo_to_mac, host_address_ahead
from netproof.proof.claim import Claim
from netproof.proof.frames import multicast_mac
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_GROUPS: dict[int, Address] = {4: IPv4Address("224.0.0.1"), 6: IPv6Address("ff02::1")}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return echo_to_mac(scene, claim, lambda _way, target: multicast_mac(_GROUPS[target.version]))


PROBE = Probe(
    "neigh-multicast-mac",
    "isolation",
    ("ipv4", "ipv6"),
    "a static neighbour entry with a multicast MAC, then ICMP",
    host_address_ahead,
    _shots,
)
