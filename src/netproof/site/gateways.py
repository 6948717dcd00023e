"""What a segment's gateway means for others: their default routes, and where NAT does not lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.segments import Segment
from netproof.values.address import FAMILIES, Address, Family, Network, family_of


def default_gateways(site: Site, endpoint: Endpoint) -> tuple[Address, ...]:
    """Return the default gateways of `endpoint`, one a family at most: its own, else its segment's."""
    default = {"ipv4": ip_network("0.0.0.0/0"), "ipv6": ip_network("::/0")}
    own = {family_of(g): g for g in endpoint.gateways}
    routed = {family_of(r.to) for r in endpoint.routes if r.to in default.values()}
    declared = site.segments[endpoint.segment].gateway
    for gateway in declared.addresses if declared else ():
        family = family_of(gateway)
        if family not in own and family not in routed and _is_neighbour(endpoint, gateway.ip):
            own[family] = gateway.ip
    return tuple(own[f] for f in FAMILIES if f in own)


def _is_neighbour(endpoint: Endpoint, gateway: Address) -> bool:
    return (gateway.version == 6 and gateway.is_link_local) or any(gateway in a.network for a in endpoint.addresses)


def nat_families(site: Site, segment: Segment, host: str) -> tuple[Family, ...]:
    """Return the families in which NAT of `segment` leads out of `host`: gateway and NIC have addresses of both."""
    gateway = segment.gateway
    if gateway is None or gateway.nat is None or host not in gateway.hosts:
        return ()
    outside = {family_of(a) for a in site.hosts[host].nic(gateway.nat).addresses if not a.is_link_local}
    inside = {family_of(n) for n in let_out(site, segment)}
    return tuple(f for f in FAMILIES if {family_of(a) for a in gateway.addresses} & inside & outside & {f})


def let_out(site: Site, segment: Segment) -> tuple[Network, ...]:
    """Return whose packets the gateway of `segment` takes for those of its endpoints: no others go out behind NAT."""
    subnets = segment.subnets
    if segment.gateway:
        subnets += tuple(a.network for a in segment.gateway.addresses if not a.is_link_local)
    endpoints = (a.ip for e in site.endpoints_of(segment.name) for a in e.addresses)
    return (*subnets, *_alone(endpoints))


def withheld(site: Site) -> Iterator[Network]:
    """Yield what no NAT leads to: every address of a managed host, and all that is in a segment."""
    for host in site.hosts.values():
        yield from _alone(a.ip for a in host.addresses)
    for segment in site.segments.values():
        yield from segment.subnets
        yield from _alone(a.ip for a in segment.gateway.addresses) if segment.gateway else ()
        networks = set(site.uplink_networks(segment.name))
        for endpoint in site.endpoints_of(segment.name):
            yield from _alone(a.ip for a in endpoint.addresses)
        for station in site.stations.values():
            yield from _alone(a.ip for n in station.nics if n.network in networks for a in n.addresses)


def _alone(addresses: Iterable[Address]) -> Iterator[Network]:
    return (ip_network(a) for a in addresses if not a.is_link_local)
