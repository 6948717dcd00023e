"""A guest sends by its gateway what is no gateway's business: to other addresses of the host, hosts beyond, segments.

The gateway must take in whatever is addressed to its MAC; here it is told from what is let out, and what NAT would let
out from what the policy denies.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import landing
from netproof.proof.claim import Claim
from netproof.proof.gateways import decided, gateway_addresses, gateway_host, gateway_of, neighbours_of, outside
from netproof.proof.parties import Spot, Stand, Way, stands, targets
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.site.nodes import Host
from netproof.values.address import Address, family_of


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_targets(site, from_, to, family))


def _targets(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Address, Spot]]:
    """Yield what a ping by the gateway must not reach at `to`, each with where it would come in."""
    host = gateway_host(site, from_)
    if host is None or not gateway_addresses(site, from_, family):
        return
    if to in site.segments:
        yield from _inside(site, from_, host, to, family)
        return
    if to in site.hosts:
        aimed = _own(site, from_, host, family) if to == host.name else _beyond(site, from_, host, to, family)
        found = [(a, landing(site, to, a)) for a in aimed]
    elif to in site.stations:
        found = [(a, landing(site, to, a)) for a in _along(site, from_, host, to, family)]
        let_out = ((a, at) for a, at in outside(site, from_, to, family))
        found += [(a, at) for a, at in let_out if decided(site, (from_, a), (to, a), Opening(ICMP)) is False]
    else:
        return
    yield from ((a, at) for a, at in found if not decided(site, (from_, a), (to, a), Opening(ICMP)))


def _inside(site: Site, from_: str, host: Host, to: str, family: str) -> Iterator[tuple[Address, Spot]]:
    """Yield the endpoints of another segment that the host is the gateway of, but those that a line lets be pinged."""
    gateway = site.segments[to].gateway
    subnets = [a.network for a in gateway.addresses] if gateway and host.name in gateway.hosts else []
    for endpoint in site.endpoints_of(to):
        for a in (i.ip for i in endpoint.addresses if family_of(i) == family and not i.is_link_local):
            may = decided(site, (from_, a), (endpoint.name, a), Opening(ICMP))
            if any(a in subnet for subnet in subnets) and not may:
                yield a, Spot(endpoint.name, "eth0")


def _along(site: Site, from_: str, host: Host, to: str, family: str) -> list[Address]:
    return [a for stand in stands(site, from_) for a in targets(site, Way(stand, host.name), to, family)]


def _own(site: Site, from_: str, host: Host, family: str) -> list[Address]:
    """Return the other addresses of the gateway's host: its NICs', and those of other segments' gateways."""
    others = (s.gateway for s in site.segments.values() if s.name != site.endpoints[from_].segment)
    of_gateways = (a for g in others if g and host.name in g.hosts for a in g.addresses)
    found = (a.ip for a in of_gateways if family_of(a) == family and not a.is_link_local)
    return [*_along(site, from_, host, host.name, family), *found]


def _beyond(site: Site, from_: str, host: Host, to: str, family: str) -> list[Address]:
    """Return the addresses of another managed host on the network that NAT leads to."""
    nat = gateway_of(site, from_).nat
    if nat is None:
        return []
    on_link = [a.network for a in host.nic(nat).addresses]
    every = (a.ip for other, n in neighbours_of(site, host, host.nic(nat)) if other.name == to for a in n.addresses)
    return [a for a in every if family_of(a) == family and any(a in network for network in on_link)]


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    via = gateway_addresses(scene.site, claim.from_, claim.family)[0]
    for stand in stands(scene.site, claim.from_):
        for target, at in _targets(scene.site, claim.from_, claim.to, claim.family):
            load = OwnStack(target, via, _source(scene, claim, stand))
            yield Shot(str(target), stand.spot, load, at, scene.innocent(stand))


def _source(scene: Scene, claim: Claim, stand: Stand) -> Address | None:
    """Return what a sender says to be that has no address from which its packets would be passed on."""
    own = [a for a in stand.addresses(claim.family) if a.version == 4 or not a.is_link_local]
    return None if own or claim.to in scene.site.hosts else scene.source_to(claim.to, stand, claim.family)


PROBE = Probe(
    "via-gateway",
    "isolation",
    ("ipv4", "ipv6"),
    "a host route over the gateway, then ICMP through its own IP stack",
    _applies,
    _shots,
    crosses=True,
)
