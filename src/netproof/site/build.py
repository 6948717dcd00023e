"""From a sound document to the site: short forms written out, defaults filled in, places kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netproof.declared import endpoints, later, nodes, segments
from netproof.declared.addresses import network
from netproof.declared.document import Document, Path
from netproof.site.checks.routes import destination
from netproof.site.endpoints import GUARD_ITEMS, Endpoint, Guard
from netproof.site.isolated import allotted
from netproof.site.model import Site
from netproof.site.nodes import DeclaredRoute, DeclaredRule, Host, Isolated, Nic, PhysicalNetwork, Station
from netproof.site.place import Place
from netproof.site.policy import ANY, PolicyLine, Selector, Traffic
from netproof.site.segments import VXLAN_PORT, Gateway, Overlay, Segment, Uplink
from netproof.site.trunks import links_of, network_of, vlans_of
from netproof.values.address import FAMILIES, Address, Family, Interface, family_of
from netproof.values.naming import endpoint_mac, vlan_ifname


def site_of(document: Document) -> Site:
    """Return the site that `document` declares; nothing may be wrong with it."""
    written = document.written
    networks = {
        name: PhysicalNetwork(name, tuple(network.subnets), network.mtu, place=_place(document, "networks", name))
        for name, network in written.networks.items()
    }
    return Site(
        written.site,
        document.file,
        networks=networks | {vlan.name: vlan for vlan in vlans_of(document, networks)},
        hosts={name: _host(document, name, host) for name, host in written.hosts.items()},
        stations={name: _station(document, name, station) for name, station in written.stations.items()},
        segments={name: _segment(document, name, segment) for name, segment in written.segments.items()},
        endpoints={name: _endpoint(document, name, endpoint) for name, endpoint in written.endpoints.items()},
        policy=tuple(_line(document, i, line) for i, line in enumerate(written.policy)),
    )


def _place(document: Document, *path: str | int) -> Place:
    return Place(document.file, *document.at(path, key=True))


def _host(document: Document, name: str, host: nodes.Host) -> Host:
    path = ("hosts", name)
    isolated = allotted(document.written.site, name, host)
    nics = (_nic(document, (*path, "nics", n), n, nic, isolated.get(n)) for n, nic in host.nics.items())
    return Host(
        name,
        (*nics, *links_of(document, name)),
        host.forward,
        _routes(document, path, host.routes),
        _place(document, *path),
        tuple(_rule(document, (*path, "rules", i), rule) for i, rule in enumerate(host.rules)),
        _vteps(host),
    )


def _vteps(host: nodes.Host) -> tuple[Address, ...]:
    """Return what `vtep` means: the address itself, or that of the NIC in each family in which it has just one."""
    every = [(name, a.ip) for name, nic in host.nics.items() for a in nic.addresses if not a.is_link_local]
    named = [ip for name, ip in every if host.vtep in (name, str(ip))]
    return tuple(ip for ip in named if sum(family_of(ip) == family_of(other) for other in named) == 1)


def _station(document: Document, name: str, station: nodes.Station) -> Station:
    path = ("stations", name)
    if station.nics is not None:
        nics = tuple(_nic(document, (*path, "nics", nic), nic, shape) for nic, shape in station.nics.items())
    else:
        nics = (_nic(document, path, "eth0", station),)
    return Station(name, nics, station.forward, _routes(document, path, station.routes), _place(document, *path))


def _nic(
    document: Document, path: Path, name: str, nic: nodes.Nic | nodes.Station, isolated: Isolated | None = None
) -> Nic:
    network = network_of(nic.network or "", nic.vid)  # a station in short form has one, as the checks made sure
    place = _place(document, *path)
    return Nic(name, network, tuple(nic.addresses), tuple(nic.gateway), nic.mtu, isolated=isolated, place=place)


def _routes(document: Document, path: Path, routes: Sequence[nodes.Route]) -> tuple[DeclaredRoute, ...]:
    return tuple(_route(document, (*path, "routes", i), route) for i, route in enumerate(routes))


def _route(document: Document, path: Path, route: nodes.Route) -> DeclaredRoute:
    to = destination(route)
    if to is None:
        raise RuntimeError(f"{path}: a default without a family passed the checks")
    return DeclaredRoute(to, route.via, route.dev, route.table, route.metric, _place(document, *path))


def _rule(document: Document, path: Path, rule: nodes.Rule) -> DeclaredRule:
    prefix = rule.from_ or rule.to
    families: tuple[Family, ...] = FAMILIES if prefix is None else (family_of(prefix),)
    return DeclaredRule(
        rule.priority,
        families,
        rule.from_,
        rule.to,
        rule.iif,
        rule.oif,
        rule.fwmark,
        rule.table,
        rule.action,
        _place(document, *path),
    )


def _segment(document: Document, name: str, segment: segments.Segment) -> Segment:
    path = ("segments", name)
    return Segment(
        name,
        tuple(segment.subnets),
        tuple(_uplink(document, (*path, "uplinks", i), uplink) for i, uplink in enumerate(segment.uplinks)),
        tuple(segment.isolation),
        segment.vni,
        _overlay(segment),
        segment.udp_port or VXLAN_PORT,
        segment.private,
        _gateway(document, (*path, "gateway"), segment.gateway),
        isolation_place=_place(document, *path, "isolation"),
        place=_place(document, *path),
    )


def _uplink(document: Document, path: Path, uplink: segments.Uplink) -> Uplink:
    host, _, nic = uplink.nic.partition(".")
    link = nic if uplink.vid is None else vlan_ifname(document.written.site, nic, uplink.vid)
    return Uplink(host, link, _place(document, *path))


def _overlay(segment: segments.Segment) -> Overlay | None:
    """Return the overlay of a stretched segment; one that names none floods, which needs nothing else."""
    if segment.vni is None:
        return None
    written = segment.overlay
    if written is None:
        return Overlay("flood")
    return Overlay(written.strategy, getattr(written, "group", None), getattr(written, "ttl", None))


def _gateway(document: Document, path: Path, gateway: segments.SegmentGateway | None) -> Gateway | None:
    if gateway is None:
        return None
    return Gateway(tuple(gateway.hosts), tuple(gateway.addresses), gateway.nat, _place(document, *path))


def _line(document: Document, number: int, line: later.PolicyLine) -> PolicyLine:
    traffic = line.deny if line.allow is None else line.allow
    return PolicyLine(
        tuple(map(_selector, line.from_)),
        tuple(map(_selector, line.to)),
        tuple(map(_traffic, traffic or ())),
        line.allow is not None,
        _place(document, "policy", number),
    )


def _selector(written: str) -> Selector:
    return network(written) if written != ANY and any(c in written for c in "/:.") else written


def _traffic(written: str) -> Traffic:
    protocol, _, ports = written.partition("/")
    first, _, last = ports.partition("-")
    return Traffic(protocol, int(first), int(last or first)) if ports else Traffic(protocol)


def _endpoint(document: Document, name: str, endpoint: endpoints.Endpoint) -> Endpoint:
    path = ("endpoints", name)
    return Endpoint(
        name,
        endpoint.host,
        endpoint.segment or "",  # an endpoint of a NIC is not supported, as the checks made sure
        endpoint.mac or endpoint_mac(document.written.site, name),
        _fixed(endpoint.addresses),
        endpoint.attach,
        _guard(endpoint.guard),
        tuple(endpoint.gateway),
        _routes(document, path, endpoint.routes) if endpoint.routes else (),
        endpoint.netns,
        endpoint.ifname,
        place=_place(document, *path),
    )


def _fixed(addresses: Iterable[Interface | str]) -> tuple[Interface, ...]:
    return tuple([a for a in addresses if not isinstance(a, str)])


_ALL_ON = Guard()


def _guard(guard: endpoints.Guard | None) -> Guard:
    if guard is None:
        return _ALL_ON
    return Guard(**{item: getattr(guard, item) is not False for item in GUARD_ITEMS})
