"""The pass for stretched segments: a VXLAN device in the bridge of each, which knows the others, and its door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from netproof.compiler.mtu import underlay_nic
from netproof.compiler.reason import because
from netproof.compiler.situation import Situation, Wanted
from netproof.overlays.door import door
from netproof.overlays.strategy import OverlayContext, RemoteEndpoint, Strategy
from netproof.registry import variants
from netproof.site.model import Site
from netproof.site.segments import Overlay, Segment
from netproof.state.layer3 import with_ipv6_unheard, without_ipv6
from netproof.state.links import Mtu, Up
from netproof.state.object import HOME, KernelObject
from netproof.values.naming import gateway_mac, vxlan_ifname, vxlan_mac


def overlays(now: Situation) -> Iterator[Wanted]:
    """Every stretched segment on the host: its VXLAN device, where the others are, and who may send to it."""
    for segment in now.segments:
        if segment.vni is None or segment.overlay is None:
            continue
        why = because(f"overlay of {segment.name}", segment.place)
        context = _context(now, segment, segment.vni, segment.overlay)
        for thing in _objects(context, segment.overlay):
            yield now.placed(segment, thing), why
        if context.closed:
            yield door(context), why  # at home, wherever the device is: there its socket takes what comes


def _objects(context: OverlayContext, overlay: Overlay) -> Iterator[KernelObject]:
    strategy = cast(Strategy, variants("netproof.overlays", "STRATEGY")[overlay.strategy])
    yield from strategy.objects(context)
    for ifname in (context.bridge, context.ifname):
        yield Mtu(HOME, ifname, context.mtu)
    # Else the kernel sends MLD reports and router solicitations of the host into the segment.
    silent = with_ipv6_unheard if strategy.answers_nd else without_ipv6
    yield from silent(HOME, context.ifname, context.mtu)
    yield Up(HOME, context.ifname)


def _remote_endpoints(site: Site, segment: Segment, here: str) -> Iterator[RemoteEndpoint]:
    vteps, gateway = site.vteps_of(segment.name), segment.gateway
    for endpoint in site.endpoints_of(segment.name):
        if endpoint.host != here:
            yield RemoteEndpoint(endpoint.mac, endpoint.addresses, vteps[endpoint.host])
    if gateway and here not in gateway.hosts:
        yield RemoteEndpoint(gateway_mac(site.name, segment.name), gateway.addresses, vteps[gateway.hosts[0]])


def _context(now: Situation, segment: Segment, vni: int, overlay: Overlay) -> OverlayContext:
    site, here = now.site, now.host.name
    vteps = site.vteps_of(segment.name)
    return OverlayContext(
        site=site.name,
        segment=segment.name,
        vni=vni,
        udp_port=segment.udp_port,
        ifname=vxlan_ifname(site.name, segment.name),
        mac=vxlan_mac(site.name, segment.name, here),
        bridge=now.bridge(segment),
        mtu=now.mtu(segment),
        underlay=underlay_nic(now.host, vteps[here]).name,
        local_vtep=vteps[here],
        remote_vteps=tuple(sorted((vtep for host, vtep in vteps.items() if host != here), key=int)),
        remote_endpoints=tuple(_remote_endpoints(site, segment, here)),
        group=overlay.group,
        ttl=overlay.ttl,
        stations_beyond=any(uplink.host != here for uplink in segment.uplinks),
        closed=segment.closed,
    )
