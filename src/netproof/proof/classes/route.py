"""A guest adds a host route and pings: ``ip route add 192.168.14.1 dev eth0``.

Linux answers ARP for any of its addresses on any interface, so the bridge says "that is me", and the host's stack
takes the packet, or forwards it to a station on its other network. In IPv6 nobody answers ND for an address of
another interface; there the route leads over the link-local address of the bridge.

Where the host has a NIC of its own on that Ethernet, or another member bears the address, two answer ARP, and which
answer comes first is chance: whether the bridge lets anything in is then what `arp-who-has` and the `neigh` classes
ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from netproof.proof.aims import also, closed, landing
from netproof.proof.claim import Claim
from netproof.proof.parties import Same, Way, beside, host_addresses, members, ways
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return to not in site.segments and any(_ahead(site, from_, to, family))


def _ahead(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Way, Address]]:
    """Yield each way with each address at its end that the sender's stack can send to: one of its own stays inside."""
    for way in ways(site, from_, to):
        own, ahead = way.stand.addresses(family), closed(site, way, to, family, Opening(ICMP))
        yield from ((way, a) for a in ahead if a not in own and _has_hop(site, way, to, a))


def _has_hop(site: Site, way: Way, to: str, target: Address) -> bool:
    if target.version == 6:
        return True
    if to in site.hosts:
        return target not in _borne(Same(site), way.stand.segment) and not _is_answered_beside(site, way)
    return bool(_routers(site, way))


def _is_answered_beside(site: Site, way: Way) -> bool:
    return any(host == way.host for host, _ in beside(site, way.stand.segment))


def _routers(site: Site, way: Way) -> tuple[Address, ...]:
    """Return the address of the host that the bridge answers for when it is to forward."""
    borne = _borne(Same(site), way.stand.segment)
    return tuple(a for a in host_addresses(site, way, "ipv4") if a not in borne)[:1]


@lru_cache(maxsize=1024)
def _borne(key: Same, segment: str) -> frozenset[Address]:
    """Return the IPv4 addresses for which a member of `segment` answers."""
    return frozenset(a for member in members(key.site, segment) for a in member.addresses("ipv4"))


def _next_hops(scene: Scene, claim: Claim, way: Way, target: Address) -> tuple[Address, ...]:
    if claim.family == "ipv6":
        return (scene.bridge_link_local(way),)
    return (target,) if claim.to in scene.site.hosts else _routers(scene.site, way)


def _source(scene: Scene, claim: Claim, way: Way) -> Address | None:
    """Return what a sender without an address of the family says to be; None where its stack knows what to say."""
    link_local_will_do = claim.family == "ipv6" and claim.to in scene.site.hosts
    own = [a for a in way.stand.addresses(claim.family) if a.version == 4 or not a.is_link_local]
    if link_local_will_do or own:
        return None
    return scene.source_to(claim.to, way.stand, claim.family)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for way, target in _ahead(scene.site, claim.from_, claim.to, claim.family):
        at, innocent = landing(scene.site, claim.to, target), scene.innocent(way.stand)
        for via in _next_hops(scene, claim, way, target):
            load = OwnStack(target, via, _source(scene, claim, way))
            yield Shot(str(target), way.stand.spot, load, at, innocent, also=also(scene, at))


PROBE = Probe(
    "route",
    "isolation",
    ("ipv4", "ipv6"),
    "a host route over the bridge, then ICMP through its own IP stack",
    _applies,
    _shots,
)
