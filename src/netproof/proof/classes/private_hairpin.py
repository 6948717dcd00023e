"""An endpoint of a private segment sends to the gateway what is for another: a host that forwards would turn it round.

The frame is to the gateway's MAC, the packet to the other's address: ``ip route add 10.9.0.6 via 10.9.0.1``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.gateways import gateway_addresses, gateway_host, private_stands
from netproof.proof.parties import Way
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    if gateway_host(site, from_) is None or not gateway_addresses(site, from_, family):
        return False
    return any(_routable(its.addresses(family)) for _, its in private_stands(site, from_, to))


def _routable(addresses: tuple[Address, ...]) -> list[Address]:
    return [a for a in addresses if not a.is_link_local]


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    host = gateway_host(scene.site, claim.from_)
    assert host is not None  # noqa: S101 - else the class does not apply
    for mine, its in private_stands(scene.site, claim.from_, claim.to):
        mac = scene.bridge_mac(Way(mine, host.name))
        for target in _routable(its.addresses(claim.family)):
            packet = partial(_datagram, scene.source(mine, claim.family), target)
            frame = scene.frame(mine, mac, packet, family=claim.family)
            yield Shot(str(target), mine.spot, frame, its.spot, scene.innocent(mine))


def _datagram(source: Address, target: Address, token: bytes) -> bytes:
    return frames.udp(source, target, UDP_PORT, token)


PROBE = Probe(
    "private-hairpin", "isolation", ("ipv4", "ipv6"), "a UDP datagram to the MAC of the gateway", _applies, _shots
)
