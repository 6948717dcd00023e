"""A site with the vantages that a lab adds, so that every claim has someone to send and someone to watch.

Added are a station ``probe.NETWORK`` on every network that has none, a router ``probe.gw.NETWORK`` (with a network
``probe.beyond.NETWORK`` behind it) where a declared gateway address is borne by nobody, and an endpoint
``probe.SEGMENT`` in every segment with fewer than two. Declared names have no dot, so none of these is ever taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_interface, ip_network

from netproof.site.endpoints import Endpoint, Guard
from netproof.site.model import Site
from netproof.site.nodes import Nic, PhysicalNetwork, Station
from netproof.values.address import Address, Interface, Network
from netproof.values.naming import endpoint_mac

_BEYOND = (ip_network("198.18.0.0/15"), ip_network("2001:2::/48"))
"""Set aside for tests of network devices (RFC 2544, RFC 5180): nobody declares a subnet there in earnest."""


def furnished(site: Site) -> Site:
    """Return `site` with the probe stations, routers and endpoints that it lacks; a furnished site is left as it is."""
    taken = set(declared(site))
    gateways = _unborne_gateways(site)
    beyond = {f"probe.beyond.{n}": _beyond(f"probe.beyond.{n}", i) for i, n in enumerate(gateways)}
    routers = {s.name: s for n, missing in gateways.items() if (s := _router(n, missing, beyond))}
    stations = {
        s.name: s for n in site.networks.values() if not any(site.stations_on(n.name)) and (s := _station(n, taken))
    }
    endpoints = {e.name: e for e in _probe_endpoints(site, taken)}
    return replace(
        site,
        networks={**site.networks, **beyond},
        stations={**site.stations, **routers, **stations},
        endpoints={**site.endpoints, **endpoints},
    )


def unused(subnet: Network, taken: Container[Address]) -> Interface | None:
    """Return the highest address of `subnet` that is neither `taken` nor for broadcasts; None if there is none."""
    last = int(subnet.broadcast_address) - int(subnet.network_address)
    free = next((address for n in range(last - 1, 0, -1) if (address := subnet[n]) not in taken), None)
    return None if free is None else ip_interface(f"{free}/{subnet.prefixlen}")


def declared(site: Site) -> Iterator[Address]:
    """Yield every address that the site speaks of: borne, or expected of a gateway."""
    for node in (*site.hosts.values(), *site.stations.values()):
        for nic in node.nics:
            yield from (a.ip for a in nic.addresses)
            yield from nic.gateways
    for endpoint in site.endpoints.values():
        yield from (a.ip for a in endpoint.addresses)
        yield from endpoint.gateways
    for segment in site.segments.values():
        yield from (a.ip for a in segment.gateway.addresses) if segment.gateway else ()
    nodes = (*site.hosts.values(), *site.stations.values())
    routes = (*(r for n in nodes for r in n.routes), *(r for e in site.endpoints.values() for r in e.routes))
    yield from (route.via for route in routes if route.via)


def _take(subnets: Iterable[Network], taken: set[Address]) -> tuple[Interface, ...]:
    free = tuple(a for s in subnets if (a := unused(s, taken)))
    taken.update(a.ip for a in free)
    return free


def _station(network: PhysicalNetwork, taken: set[Address]) -> Station:
    nic = Nic("eth0", network.name, _take(network.subnets, taken))
    return Station(f"probe.{network.name}", (nic,), probe=True)


def _probe_endpoints(site: Site, taken: set[Address]) -> Iterator[Endpoint]:
    for segment in site.segments.values():
        hosts, name = site.hosts_of(segment.name), f"probe.{segment.name}"
        if not hosts or name in site.endpoints or len(list(site.endpoints_of(segment.name))) >= 2:
            continue
        wires = (site.networks[n] for n in site.uplink_networks(segment.name))
        addresses = _take(segment.subnets or tuple(s for w in wires for s in w.subnets), taken)
        # The guard refuses every source that is not declared: one without addresses could say nothing at all.
        guard = Guard() if addresses else Guard(ip=False)
        mac = endpoint_mac(site.name, name)
        yield Endpoint(name, hosts[0].name, segment.name, mac, addresses, guard=guard, probe=True)


def _unborne_gateways(site: Site) -> dict[str, tuple[Interface, ...]]:
    """Return, by network, the gateway addresses that someone there was told of and nobody bears."""
    asked: dict[str, list[tuple[Address, tuple[Interface, ...]]]] = defaultdict(list)
    borne: dict[str, set[Address]] = defaultdict(set)
    for node in (*site.hosts.values(), *site.stations.values()):
        for nic in node.nics:
            borne[nic.network] |= {a.ip for a in nic.addresses}
            asked[nic.network] += [(g, nic.addresses) for g in nic.gateways]
    for segment in (s for s in site.segments.values() if s.gateway):
        for network in site.uplink_networks(segment.name):
            borne[network] |= {a.ip for a in segment.gateway.addresses} if segment.gateway else set()
    for endpoint in site.endpoints.values():
        for network in site.uplink_networks(endpoint.segment):
            borne[network] |= {a.ip for a in endpoint.addresses}
            asked[network] += [(g, endpoint.addresses) for g in endpoint.gateways]
    missing = {n: {g: _as_interface(g, near) for g, near in asked[n] if g not in borne[n]} for n in site.networks}
    return {n: tuple(found[g] for g in sorted(found, key=str)) for n, found in missing.items() if found}


def _as_interface(gateway: Address, near: tuple[Interface, ...]) -> Interface:
    """Give `gateway` the prefix length of the neighbour who was told of it."""
    length = next((a.network.prefixlen for a in near if gateway in a.network), gateway.max_prefixlen)
    return ip_interface(f"{gateway}/{length}")


def _beyond(name: str, serial: int) -> PhysicalNetwork:
    return PhysicalNetwork(name, tuple(_nth_subnet(net, serial) for net in _BEYOND))


def _nth_subnet(net: Network, serial: int) -> Network:
    length = 24 if net.version == 4 else 64
    base = int(net.network_address) + (serial << (net.max_prefixlen - length))
    return ip_network((base, length))


def _router(network: str, gateways: tuple[Interface, ...], beyond: dict[str, PhysicalNetwork]) -> Station:
    behind = beyond[f"probe.beyond.{network}"]
    inside = Nic("eth0", network, gateways)
    outside = Nic("eth1", behind.name, _take(behind.subnets, set()))
    return Station(f"probe.gw.{network}", (inside, outside), forward=True, probe=True)
