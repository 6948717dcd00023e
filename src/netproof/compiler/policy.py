"""The pass for policy: its lines as they concern each segment of a host, and the tracking of connections there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network

from netproof.compiler.reason import because
from netproof.compiler.situation import Situation, Wanted
from netproof.firewall.bridged import FarGateway, bridged
from netproof.firewall.line import Line, Spot
from netproof.firewall.tracking import Tracked, tracking, zones
from netproof.site.endpoints import Endpoint
from netproof.site.policy import ANY, Selector
from netproof.site.segments import Segment
from netproof.values.address import Network
from netproof.values.naming import gateway_mac


def policy(now: Situation) -> Iterator[Wanted]:
    """What the policy decides between members of a segment, at the ports of this host."""
    beside = [(s,) for s in now.segments if s not in now.at_home]
    for segments in (now.at_home, *beside):
        yield from ((now.placed(segments[0], chain), why) for chain, why in _together(now, segments))


def _together(now: Situation, segments: Sequence[Segment]) -> Iterator[Wanted]:
    """What it decides at the ports of `segments`, whose bridges are in one namespace."""
    lines = [line for segment in segments for line in now.lines[segment.name]]
    if not lines:
        return
    why = because("policy", *(now.site.policy[line.number - 1].place for line in lines))
    number = zones(now.site.name, now.site.segments)
    tracked = [
        Tracked(
            now.bridge(segment),
            tuple(_ports(now, segment)),
            number[segment.name],
            now.bridge_mac(segment) if now.gateway(segment) else None,
        )
        for segment in segments
    ]
    policed = [segment for segment in segments if now.is_policed(segment)]
    ports = [port for segment in policed for port in _ports(now, segment)]
    gateways = [gateway for segment in policed if (gateway := _far_gateway(now, segment))]
    yield from ((chain, why) for chain in tracking(now.site.name, tracked, native=now.native_tracking))
    yield from ((chain, why) for chain in bridged(now.site.name, lines, ports, gateways))


def lines_within(now: Situation, segment: Segment) -> tuple[Line, ...]:
    """Return the lines that speak of members of `segment` at this host's ports; none if none of them denies.

    Members reach each other as it is.
    """
    if not now.site.policy:
        return ()
    members = tuple(now.site.endpoints_of(segment.name))
    every = (
        Line(
            number,
            tuple(_spots(now, segment, members, written.from_)),
            tuple(_spots(now, segment, members, written.to)),
            written.traffic,
            written.allow,
        )
        for number, written in enumerate(now.site.policy, 1)
    )
    found = tuple(line for line in every if line.pairs)
    return found if any(not line.allow for line in found) else ()


def _far_gateway(now: Situation, segment: Segment) -> FarGateway | None:
    if segment.gateway is None or now.gateway(segment):
        return None
    vxlan = now.vxlan(segment)
    return FarGateway(
        gateway_mac(now.site.name, segment.name), tuple(now.unguarded(segment)), (vxlan,) if vxlan else ()
    )


def _ports(now: Situation, segment: Segment) -> list[str]:
    return [*now.unguarded(segment), *map(now.port, now.endpoints(segment))]


def _spots(
    now: Situation, segment: Segment, members: Iterable[Endpoint], selectors: Sequence[Selector]
) -> Iterator[Spot]:
    """Yield where those that `selectors` name are met on this host: endpoints here, those elsewhere, and all others."""
    if ANY in selectors:
        yield Spot(tuple(_ports(now, segment)))
        return
    named = [e for e in members if segment.name in selectors or e.name in selectors]
    here = [now.port(e) for e in named if e.host == now.host.name]
    if here:
        yield Spot(tuple(here))
    outside, vxlan = tuple(now.unguarded(segment)), now.vxlan(segment)
    macs = tuple(e.mac for e in named if e.host != now.host.name)
    if macs and outside:
        yield Spot((vxlan,) if vxlan else outside, macs=macs)
    prefixes = tuple(dict.fromkeys(p for selector in selectors for p in _prefixes(now, segment, selector)))
    if prefixes and outside and segment.uplinks:
        yield Spot(outside, prefixes=prefixes)


def _prefixes(now: Situation, segment: Segment, selector: Selector) -> Iterator[Network]:
    """Yield the addresses by which somebody is known that is no endpoint of `segment`: behind uplinks, near or far."""
    site = now.site
    if not isinstance(selector, str):
        yield selector
    elif node := site.stations.get(selector) or site.hosts.get(selector):
        near = site.uplink_networks(segment.name)
        for nic in node.nics:
            yield from (ip_network(a.ip) for a in nic.addresses if not a.is_link_local or nic.network in near)
    else:
        far = (e for e in site.endpoints.values() if selector in (e.name, e.segment) and e.segment != segment.name)
        for endpoint in far:
            if site.segments[endpoint.segment].uplinks:
                yield from _from_afar(now, segment, endpoint)


def _from_afar(now: Situation, segment: Segment, endpoint: Endpoint) -> Iterator[Network]:
    """Yield the addresses of an endpoint of another segment that cannot be taken for a member's."""
    networks = map(now.site.networks.__getitem__, now.site.uplink_networks(segment.name))
    subnets = (*segment.subnets, *(s for network in networks for s in network.subnets))
    yield from (
        ip_network(a.ip)
        for a in endpoint.addresses
        if not a.is_link_local and not any(a.ip in subnet for subnet in subnets)
    )
