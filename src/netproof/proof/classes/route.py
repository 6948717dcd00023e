"""A guest adds a host route and pings: ``ip route add 192.168.14.1 dev eth0``.

Linux answers ARP for any of its addresses on any interface, so the bridge says "that is me", and the host's stack
takes the packet, or forwards it to a station on its other network. In IPv6 nobody answers ND for an address of
another interface; there the route leads over the link-local address of the bridge.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import landing, reaches_any
from netproof.proof.claim import Claim
from netproof.proof.parties import Way, host_addresses, targets, ways
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return to not in site.segments and reaches_any(site, from_, to, family)


def _next_hops(scene: Scene, claim: Claim, way: Way, target: Address) -> tuple[Address, ...]:
    if claim.family == "ipv6":
        return (scene.bridge_link_local(way),)
    return (target,) if claim.to in scene.site.hosts else host_addresses(scene.site, way, "ipv4")[:1]


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for way in ways(scene.site, claim.from_, claim.to):
        for target in targets(scene.site, way, claim.to, claim.family):
            at, innocent = landing(scene.site, claim.to, target), scene.innocent(way.stand)
            for via in _next_hops(scene, claim, way, target):
                yield Shot(str(target), way.stand.spot, OwnStack(target, via), at, innocent)


PROBE = Probe(
    "route",
    "isolation",
    ("ipv4", "ipv6"),
    "a host route over the bridge, then ICMP through its own IP stack",
    _applies,
    _shots,
)
