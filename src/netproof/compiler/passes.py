"""The passes: each reads the situation and yields the objects that one part of the site asks for, with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from netproof.attachments.attachment import GUEST_IFNAME, Attachment, PortContext
from netproof.compiler.gateway import door, forwarding, gateways
from netproof.compiler.isolated import isolated_nics
from netproof.compiler.overlay import overlays
from netproof.compiler.policy import policy
from netproof.compiler.private import private_segments
from netproof.compiler.reason import Reason, because
from netproof.compiler.situation import Pass, Situation, Wanted
from netproof.errors import InputError, Problem
from netproof.isolation.link_local_groups import no_ip_in_link_local_groups
from netproof.isolation.method import BridgeContext
from netproof.registry import variants
from netproof.routing.interface import addressing, link_settings
from netproof.routing.route import device_towards, route
from netproof.routing.rule import rule
from netproof.routing.trunk import carried, untagged
from netproof.site.endpoints import GUARD_ITEMS, Endpoint
from netproof.site.gateways import default_gateways
from netproof.site.nodes import DeclaredRoute
from netproof.site.segments import Segment
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import NftChain
from netproof.state.layer3 import IPV6_MIN_MTU, Route, without_ipv6
from netproof.state.links import Bridge, Up
from netproof.state.namespace import Namespace
from netproof.state.object import HOME
from netproof.values.address import Interface
from netproof.values.naming import port_mac


def nics(now: Situation) -> Iterator[Wanted]:
    """The host's declared NICs: MAC and MTU where declared, up; addresses and default routes unless isolated."""
    for nic in (nic for nic in now.host.nics if not nic.vlan):
        why = because(f"{now.host.name}.{nic.name}", nic.place)
        for thing in link_settings(HOME, nic.name, nic.mac, nic.mtu):
            yield thing, why
        for thing in addressing(HOME, nic.name, nic.addresses, nic.gateways) if not nic.isolated else ():
            yield thing, why


def trunks(now: Situation) -> Iterator[Wanted]:
    """The links that carry one VLAN of a NIC each; if one is isolated, no IP without a tag gets in by that NIC."""
    chosen = (u for s in now.segments if now.isolation[s.name].chosen for u in s.uplinks)
    isolated = {u.nic for u in chosen if u.host == now.host.name}
    for nic in now.host.nics:
        if nic.vlan:
            below = now.host.nic(nic.vlan.trunk)
            why = because(f"VLAN {nic.vlan.vid} of {now.host.name}.{below.name}", nic.place)
            for thing in carried(nic.name, below.name, nic.vlan.vid, nic.mtu):
                yield thing, why
            for thing in untagged(now.site.name, below.name, below.mtu) if nic.name in isolated else ():
                yield thing, because("trunk", below.place, of=f"{now.host.name}.{below.name}")


def routes(now: Situation) -> Iterator[Wanted]:
    """The host's declared routes."""
    links = [(nic.name, nic.addresses) for nic in now.host.nics]
    for declared in now.host.routes:
        yield _route(HOME, declared, links), because(f"route of {now.host.name}", declared.place)


def rules(now: Situation) -> Iterator[Wanted]:
    """The host's routing rules, one for each family they are of."""
    for declared in now.host.rules:
        for family in declared.families:
            thing = rule(
                family,
                declared.priority,
                source=declared.from_,
                destination=declared.to,
                iif=declared.iif,
                oif=declared.oif,
                fwmark=declared.fwmark,
                table=declared.table,
                action=declared.action,
            )
            yield thing, because(f"rule of {now.host.name}", declared.place)


def segments(now: Situation) -> Iterator[Wanted]:
    """Every segment on the host: its bridge, its uplinks, and what isolates it."""
    for segment in now.segments:
        bridge, why = now.bridge(segment), because(f"segment {segment.name}", segment.place)
        netns = now.netns(segment)
        yield from _annex(netns, because(f"isolation of {segment.name}", segment.isolation_place))
        yield Bridge(netns, bridge, now.bridge_mac(segment), nf_call=now.hands_on(segment)), why
        yield from _uplinks(now, segment)
        yield from ((now.placed(segment, thing), reason) for thing, reason in _isolation(now, segment))
        yield Up(netns, bridge), why


def _annex(netns: str, why: Reason) -> Iterator[Wanted]:
    if netns != HOME:
        yield Namespace(netns), why
        yield Up(netns, "lo"), why  # by it, who listens there hears itself


def _uplinks(now: Situation, segment: Segment) -> Iterator[Wanted]:
    for uplink in segment.uplinks:
        if uplink.host == now.host.name:
            why = because(f"uplink of {segment.name}", uplink.place)
            # Else the kernel sends MLD reports and router solicitations of the host into the segment.
            declared = now.host.nic(uplink.nic).mtu
            for setting in without_ipv6(HOME, uplink.nic, declared or IPV6_MIN_MTU):
                yield setting, why
            yield Port(HOME, uplink.nic, now.bridge(segment)), why


def _isolation(now: Situation, segment: Segment) -> Iterator[Wanted]:
    ports = (*now.unguarded(segment), *map(now.port, now.endpoints(segment)))
    context = BridgeContext(now.site.name, segment.name, now.bridge(segment), ports, door(now, segment))
    for chosen in now.isolation[segment.name].chosen:
        for thing in chosen.method.objects(context):
            yield thing, because(chosen.why, segment.isolation_place)
    if now.isolation[segment.name].chosen:
        why = because(f"isolation of {segment.name}: no IP in link-local groups", segment.isolation_place)
        let_go = [now.port(e) for e in now.endpoints(segment) if not e.guard.linklocal]
        for port in (*now.unguarded(segment), *let_go):
            yield no_ip_in_link_local_groups(now.site.name, port), why


def endpoints(now: Situation) -> Iterator[Wanted]:
    """Every endpoint on the host: its attachment with the guard, then what is on its ``eth0``."""
    for segment in now.segments:
        for endpoint in now.endpoints(segment):
            yield from _attachment(now, segment, endpoint)
            yield from _guest(now, segment, endpoint)


def _attachment(now: Situation, segment: Segment, endpoint: Endpoint) -> Iterator[Wanted]:
    context = PortContext(
        site=now.site.name,
        name=endpoint.name,
        ifname=now.port(endpoint),
        port_mac=port_mac(now.site.name, endpoint.name),
        bridge=now.bridge(segment),
        netns=now.netns_of(endpoint),
        mac=endpoint.mac,
        addresses=endpoint.addresses,
        mtu=now.mtu(segment),
        guard=frozenset(item for item in GUARD_ITEMS if getattr(endpoint.guard, item)),
        apart=segment.private,
    )
    attachment = cast(Attachment, variants("netproof.attachments", "ATTACHMENT")[endpoint.attach])
    why = because(f"endpoint {endpoint.name}", endpoint.place)
    guard = because("guard", endpoint.place, of=endpoint.name)
    for thing in attachment.objects(context):
        yield now.placed(segment, thing), guard if isinstance(thing, NftChain | FdbEntry) else why


def _guest(now: Situation, segment: Segment, endpoint: Endpoint) -> Iterator[Wanted]:
    netns, why = now.netns_of(endpoint), because(f"endpoint {endpoint.name}", endpoint.place)
    yield Up(netns, "lo"), why
    for thing in link_settings(netns, GUEST_IFNAME, endpoint.mac, now.mtu(segment)):
        yield thing, why
    # Its addresses are nobody else's in the site, and its guard lets nobody else's answer: no waiting for detection.
    for thing in addressing(netns, GUEST_IFNAME, endpoint.addresses, default_gateways(now.site, endpoint), nodad=True):
        yield thing, why
    for declared in endpoint.routes:
        links = [(GUEST_IFNAME, endpoint.addresses)]
        yield _route(netns, declared, links), because("route", declared.place, of=endpoint.name)


def _route(netns: str, declared: DeclaredRoute, links: list[tuple[str, tuple[Interface, ...]]]) -> Route:
    device = declared.dev or (device_towards(declared.via, links) if declared.via else None)
    if device is None:
        raise InputError([_no_device(declared)])
    return route(netns, declared.to, via=declared.via, ifname=device, table=declared.table, metric=declared.metric or 0)


def _no_device(declared: DeclaredRoute) -> Problem:
    place, via = declared.place, f" via {declared.via}" if declared.via else ""
    message = (
        f"route to {declared.to}{via}: no declared address is on its way; expected `dev:`, or a `via:` on a NIC's net"
    )
    return Problem(place.file, place.line, place.column, message)


PASSES: tuple[Pass, ...] = (
    nics,
    trunks,
    isolated_nics,
    routes,
    rules,
    forwarding,
    segments,
    overlays,
    gateways,
    private_segments,
    endpoints,
    policy,
)
"""Every pass, in reading order; none depends on another's result."""
