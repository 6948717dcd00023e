"""Gateways and private segments, worked out from the site alone: who reaches what behind a gateway, and who must not.

::

    endpoint ── segment ──[ bridge with the gateway's addresses ]── host ── NIC of `nat` ── network ── station
                                                                     └───── other NICs ─── network ── station

An endpoint's gateway is its own host where that is one, else the one host that is; among several elsewhere it is
nobody's to say which of them answers, and no claim is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from netproof.proof.nat import is_let_out
from netproof.proof.parties import Spot, Stand, Way, ethernet, is_next_to, networks_of, stands
from netproof.proof.policies import Opening, covers, lines_between
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic
from netproof.site.segments import Gateway
from netproof.values.address import Address, family_of


def gateway_host(site: Site, endpoint: str) -> Host | None:
    """Return the host that routes for `endpoint`; None if nobody does, or nobody can tell who."""
    found = site.endpoints.get(endpoint)
    gateway = site.segments[found.segment].gateway if found else None
    if found is None or gateway is None:
        return None
    near = [name for name in gateway.hosts if name == found.host or len(gateway.hosts) == 1]
    return site.hosts[near[0]] if near else None


def gateway_of(site: Site, endpoint: str) -> Gateway:
    """Return the gateway of the segment of `endpoint`, which has one."""
    gateway = site.segments[site.endpoints[endpoint].segment].gateway
    assert gateway is not None  # noqa: S101 - whoever asks has its host
    return gateway


def gateway_addresses(site: Site, endpoint: str, family: str) -> tuple[Address, ...]:
    """Return the addresses of the gateway of `endpoint` in `family` that it can send to from one of its own."""
    if gateway_host(site, endpoint) is None:
        return ()
    own = site.endpoints[endpoint].addresses
    every = (a.ip for a in gateway_of(site, endpoint).addresses if family_of(a) == family)
    return tuple(g for g in every if (g.version == 6 and g.is_link_local) or any(g in a.network for a in own))


def is_gateway(site: Site, host: str) -> bool:
    """Tell whether `host` routes for a segment."""
    return any(s.gateway and host in s.gateway.hosts for s in site.segments.values())


def decided(site: Site, mine: tuple[str, Address], its: tuple[str, Address], opening: Opening) -> bool | None:
    """Return what the first line of the policy says of `opening` from one who speaks by an address to another one.

    None if no line speaks of it.
    """
    lines = lines_between(site, mine, its)
    return next((line.allow for line in lines if any(covers(traffic, opening) for traffic in line.traffic)), None)


def is_opened(site: Site, way: Way, to: str, target: Address, opening: Opening) -> bool:
    """Tell whether a line opens `target` at `to` (a host, station or segment) to whom `way` leads to its gateway."""
    gateway = site.segments[way.stand.segment].gateway
    if gateway is None or way.host not in gateway.hosts:
        return False
    asked = next((e.name for e in site.endpoints_of(to) if any(a.ip == target for a in e.addresses)), to)
    sources = [i.ip for i in way.stand.interfaces] or [target]  # who bears no address is still an endpoint
    return any(decided(site, (way.stand.node, s), (asked, target), opening) for s in sources)


def is_behind_its_like(site: Site, way: Way) -> bool:
    """Tell whether a host nearer than the one at the end of `way` has the same bridge MAC: both are the gateway."""
    gateway = site.segments[way.stand.segment].gateway
    if gateway is None or way.host not in gateway.hosts or is_next_to(site, way):
        return False
    return any(is_next_to(site, Way(way.stand, host)) for host in gateway.hosts)


def outside(site: Site, endpoint: str, station: str, family: str) -> Iterator[tuple[Address, Spot]]:
    """Yield the addresses of `station` that NAT lets `endpoint` out to, each with where a packet for it comes in.

    These are those on the network of the NIC that leads out, and what is beyond a router there that the host sends to.
    """
    host = gateway_host(site, endpoint)
    nat = gateway_of(site, endpoint).nat if host else None
    own = [a for a in site.endpoints[endpoint].addresses if family_of(a) == family and not a.is_link_local]
    if host is None or nat is None or not own:
        return
    segment, out = site.segments[site.endpoints[endpoint].segment], host.nic(nat)
    for nic in (n for n in site.stations[station].nics if n.network == out.network):
        routers = {family_of(g) for g in out.gateways if any(a.ip == g for a in nic.addresses)}
        for other in site.stations[station].nics:
            near = other is nic
            for a in (i.ip for i in other.addresses if family_of(i) == family):
                on_link = any(a in i.network for i in out.addresses)
                if (on_link if near else family in routers) and is_let_out(site, segment, host.name, nat, a):
                    yield a, Spot(station, nic.name)


def reach_pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each endpoint with the host that routes for it, and with every station on the network that NAT leads to."""
    for endpoint in site.endpoints.values():
        host = gateway_host(site, endpoint.name)
        if host is None:
            continue
        yield endpoint.name, host.name
        nat = gateway_of(site, endpoint.name).nat
        if nat:
            yield from ((endpoint.name, s.name) for s in site.stations_on(host.nic(nat).network))


def identity_pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each endpoint with the host that routes for it, and takes it for who it says it is."""
    hosts = ((e, gateway_host(site, e)) for e in site.endpoints)
    return ((endpoint, host.name) for endpoint, host in hosts if host)


def isolation_pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield who must not reach whom because of a gateway or of privacy, beside what is true of any segment.

    Each endpoint and each other managed host on the network that NAT leads to; each station on a network of a host
    that routes, and each endpoint that it routes for; each two endpoints of a private segment.
    """
    for segment in site.segments.values():
        endpoints = list(site.endpoints_of(segment.name))
        if segment.private:
            yield from ((a.name, b.name) for a, b in permutations(endpoints, 2))
        for endpoint in endpoints:
            yield from _by_gateway(site, endpoint)


def _by_gateway(site: Site, endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    host = gateway_host(site, endpoint.name)
    if host is None:
        return
    nat = gateway_of(site, endpoint.name).nat
    if nat:
        yield from ((endpoint.name, other.name) for other, _ in neighbours_of(site, host, host.nic(nat)))
    for nic in doors(site, endpoint):
        yield from ((s.name, endpoint.name) for s in site.stations_on(nic.network))


def neighbours_of(site: Site, host: Host, nic: Nic) -> Iterator[tuple[Host, Nic]]:
    """Yield the NICs of other hosts on the network of `nic` of `host`."""
    for other in site.hosts.values():
        if other.name != host.name:
            yield from ((other, n) for n in other.nics if n.network == nic.network)


def doors(site: Site, endpoint: Endpoint) -> tuple[Nic, ...]:
    """Return the NICs of the host that routes for `endpoint` by which somebody outside could try to come in."""
    host = gateway_host(site, endpoint.name)
    own = networks_of(site, endpoint.segment)
    return tuple(n for n in host.nics if n.addresses and n.network not in own) if host else ()


def on_wire(site: Site, network: str) -> frozenset[Spot]:
    """Return whoever may see a frame on `network` without a breach: all that is on that Ethernet."""
    joined = [s for s in site.segments if network in networks_of(site, s)]
    wires = {Spot(s.name, n.name) for s in site.stations.values() for n in s.nics if n.network == network}
    return frozenset(wires.union(*(ethernet(site, s) for s in joined)))


def private_stands(site: Site, from_: str, to: str) -> Iterator[tuple[Stand, Stand]]:
    """Yield where two endpoints of one private segment stand on it."""
    mine, its = site.endpoints.get(from_), site.endpoints.get(to)
    if mine and its and mine.segment == its.segment and site.segments[mine.segment].private:
        yield from ((a, b) for a in stands(site, from_) for b in stands(site, to))
