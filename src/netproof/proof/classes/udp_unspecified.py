"""A datagram from 0.0.0.0 to 255.255.255.255 or 224.0.0.1, as a DHCP client sends: any socket on the host hears it.

The bridge needs no address for that, and no source check applies to 0.0.0.0 (6.18, with `rp_filter` and IPv6 off).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Address

from netproof.proof import frames
from netproof.proof.aims import along_ways, has_way_to_host
from netproof.proof.claim import Claim
from netproof.proof.parties import Way
from netproof.proof.probe import UDP_PORT, Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_EVERYBODY = (IPv4Address("255.255.255.255"), IPv4Address("224.0.0.1"))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def load(way: Way, target: Address) -> RawFrame:
        mac = frames.BROADCAST_MAC if target == _EVERYBODY[0] else frames.multicast_mac(target)
        return scene.frame(way.stand, mac, partial(_datagram, target), family="ipv4")

    return along_ways(scene, claim, load, aim=lambda _way: _EVERYBODY)


def _datagram(target: Address, token: bytes) -> bytes:
    return frames.udp(IPv4Address(0), target, UDP_PORT, token)


PROBE = Probe(
    "udp-unspecified", "isolation", ("ipv4",), "a UDP datagram from 0.0.0.0 to everybody", has_way_to_host, _shots
)
