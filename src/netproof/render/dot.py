"""The site as a graph for graphviz (``dot -Tsvg``): hosts as clusters; with a host, what is on it or beside it.

No name in a site has a quote or a backslash in it, so that what is quoted needs no escapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.render.renderer import Renderer, Subject
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, Station
from netproof.site.segments import Gateway, Segment


def _render(subject: Subject) -> str:
    site = subject.site
    hosts = [h for h in site.hosts.values() if subject.host in (None, h.name)]
    lines = [f"graph {_quoted(site.name)} {{", '\tgraph [rankdir="LR"]', '\tnode [shape="box"]', *_body(site, hosts)]
    return "\n".join((*lines, "}")) + "\n"


def _body(site: Site, hosts: list[Host]) -> Iterator[str]:
    plugged = {nic.network for host in hosts for nic in host.nics}
    networks = [n for n in site.networks.values() if n.name in plugged or len(hosts) == len(site.hosts)]
    for network in networks:
        yield _node(f"network {network.name}", "ellipse", network.name, *network.subnets)
    for host in hosts:
        yield from _cluster(site, host)
    for station in site.stations.values():
        yield from _station(station, {network.name for network in networks})
    for segment in site.segments.values():
        yield from _overlay(site, segment, hosts)


def _cluster(site: Site, host: Host) -> Iterator[str]:
    yield f"\tsubgraph {_quoted(f'cluster {host.name}')} {{"
    yield f"\t\tlabel={_quoted(host.name)}"
    for nic in host.nics:
        isolated = ("isolated testing interface",) if nic.isolated else ()
        yield "\t" + _node(_nic(host, nic), "box", nic.name, *nic.addresses, *isolated)
    for segment in site.segments.values():
        if host in site.hosts_of(segment.name):
            yield from ("\t" + line for line in _segment(site, segment, host))
    yield "\t}"
    for nic in host.nics:
        yield _edge(_nic(host, nic), f"network {nic.network}")


def _segment(site: Site, segment: Segment, host: Host) -> Iterator[str]:
    here = _bridge(segment, host)
    gateway = segment.gateway if segment.gateway and host.name in segment.gateway.hosts else None
    private = ("private",) if segment.private else ()
    annex = ("in a namespace of its own",) if segment.annex(host.name) else ()
    yield _node(here, "component", segment.name, *segment.subnets, *private, *annex, *_gateway(gateway))
    for uplink in segment.uplinks:
        if uplink.host == host.name:
            yield _edge(here, _nic(host, host.nic(uplink.nic)))
    for endpoint in site.endpoints_of(segment.name):
        if endpoint.host == host.name:
            yield _node(_endpoint(endpoint), "oval", endpoint.name, *endpoint.addresses)
            yield _edge(_endpoint(endpoint), here)
    if gateway and gateway.nat:
        yield _edge(here, _nic(host, host.nic(gateway.nat)), "NAT")


def _gateway(gateway: Gateway | None) -> Iterator[str]:
    if gateway:
        yield f"gateway {'  '.join(map(str, gateway.addresses))}"


def _station(station: Station, networks: set[str]) -> Iterator[str]:
    this, plugs = f"station {station.name}", [nic.network for nic in station.nics if nic.network in networks]
    if plugs:
        yield _node(this, "oval", station.name, *station.addresses)
    for network in plugs:
        yield _edge(this, f"network {network}")


def _overlay(site: Site, segment: Segment, hosts: list[Host]) -> Iterator[str]:
    if segment.vni is None or not segment.overlay:
        return
    this, vteps = f"overlay {segment.name}", site.vteps_of(segment.name)
    yield _node(this, "hexagon", f"VXLAN {segment.vni}", segment.overlay.strategy)
    for host in hosts:
        if host.name in vteps:
            yield _edge(_bridge(segment, host), this, str(vteps[host.name]))


def _nic(host: Host, nic: Nic) -> str:
    return f"nic {host.name} {nic.name}"


def _bridge(segment: Segment, host: Host) -> str:
    return f"segment {segment.name} {host.name}"


def _endpoint(endpoint: Endpoint) -> str:
    return f"endpoint {endpoint.name}"


def _node(identity: str, shape: str, *label: object) -> str:
    """Return a node whose label has a line for each of `label`."""
    lines = "\\n".join(map(str, label))
    return f'\t{_quoted(identity)} [shape="{shape}", label="{lines}"]'


def _edge(one: str, other: str, label: str = "") -> str:
    return f"\t{_quoted(one)} -- {_quoted(other)}" + (f" [label={_quoted(label)}]" if label else "")


def _quoted(text: str) -> str:
    return f'"{text}"'


RENDERER = Renderer("dot", _render)
