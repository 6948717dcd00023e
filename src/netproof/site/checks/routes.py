"""Gateways and routes: next hops that can be reached, and one way to each destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from netproof.declared.document import Path
from netproof.declared.nodes import Nic, Route
from netproof.declared.text import listed, meant
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet
from netproof.values.address import Address, Interface, Network, family_of

MAIN = 254
_DEFAULT = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}


@dataclass(frozen=True, slots=True)
class Stand:
    """What routes of a host, station or endpoint depend on; `links` are its interfaces' addresses by name.

    Those `apart` are isolated: their gateways lie in tables of their own.
    """

    path: Path
    links: dict[str, list[Interface]]
    gateways: list[tuple[Path, str, Address]]
    routes: Sequence[Route]
    apart: set[str] = field(default_factory=set)


def stands(sheet: Sheet) -> Iterator[Stand]:
    """Yield every host, station and endpoint that has a gateway or route."""
    of_node: dict[str, Stand] = {}
    for name, host in sheet.written.hosts.items():
        of_node[name] = Stand(("hosts", name), {}, [], host.routes)
    for name, station in sheet.written.stations.items():
        of_node[name] = Stand(("stations", name), {}, [], station.routes)
    for link in sheet.links.values():
        stand = of_node[link.node]
        stand.links[link.name] = link.written.addresses
        if isinstance(link.written, Nic) and link.written.isolated:
            stand.apart.add(link.name)
        for i, gateway in enumerate(link.written.gateway):
            stand.gateways.append(((*link.path, "gateway", i), link.name, gateway))
    yield from (stand for stand in of_node.values() if stand.gateways or stand.routes)
    for name, endpoint in sheet.written.endpoints.items():
        if (endpoint.gateway or endpoint.routes) and "dhcp" not in endpoint.addresses:
            path = ("endpoints", name)
            hops: list[tuple[Path, str, Address]]
            hops = [((*path, "gateway", i), "eth0", gateway) for i, gateway in enumerate(endpoint.gateway)]
            fixed = [a for a in endpoint.addresses if isinstance(a, Interface)]
            yield Stand(path, {"eth0": fixed}, hops, endpoint.routes)


def gateways(sheet: Sheet) -> Iterator[Problem]:
    """A gateway is a neighbour, and there is one a family."""
    for stand in stands(sheet):
        first: dict[tuple[str, str], Path] = {}
        for path, nic, gateway in stand.gateways:
            yield from _reachable(sheet, path, gateway, stand.links[nic], nic)
            before = first.setdefault((nic if nic in stand.apart else "", family_of(gateway)), path)
            if before is not path:
                what = f"a second default gateway for {family_of(gateway)}"
                yield sheet.twice(path, what, before, "keep one a family")


def _reachable(sheet: Sheet, path: Path, hop: Address, addresses: list[Interface], nic: str) -> Iterator[Problem]:
    number, version = int(hop), hop.version
    if any(int(a) == number and a.version == version for a in addresses):
        yield sheet.document.problem(path, f"{hop} is the machine's own address; expected a neighbour's")
    elif (version == 4 or not hop.is_link_local) and not any(hop in a.network for a in addresses):
        near = [str(a.network) for a in addresses if a.version == version]
        subnets = f"in {listed(near)}" if near else f"and {nic or 'the machine'} has no {family_of(hop)} address"
        yield sheet.document.problem(path, f"{hop} is no neighbour's address; expected one {subnets}")


def routes(sheet: Sheet) -> Iterator[Problem]:
    """A route names its family, a next hop that is a neighbour, a NIC that exists; and stands once."""
    for stand in stands(sheet):
        seen: dict[tuple[int, Network, int | None], Path] = {}
        for path, nic, gateway in stand.gateways:
            if nic not in stand.apart:
                seen.setdefault((MAIN, default_of(gateway), None), path)
        for i, route in enumerate(stand.routes):
            path = (*stand.path, "routes", i)
            yield from _hop(sheet, path, route, stand)
            to = destination(route)
            if to is None:
                continue
            if route.via is not None and family_of(route.via) != family_of(to):
                message = f"{route.via} is no {family_of(to)} address, as the destination {to} is"
                yield sheet.document.problem((*path, "via"), message)
            before = seen.setdefault((route.table, to, route.metric), path)
            if before is not path:
                what = f"a second route to {to} in table {route.table}"
                yield sheet.twice(path, what, before, "give one of them a metric")


def default_of(address: Address) -> Network:
    """Return the default destination of the address's family."""
    return _DEFAULT[address.version]


def destination(route: Route) -> Network | None:
    """Return where `route` leads; None if nothing tells the family of its default."""
    if not isinstance(route.to, str):
        return route.to
    return default_of(route.via) if route.via is not None else None


def _hop(sheet: Sheet, path: Path, route: Route, stand: Stand) -> Iterator[Problem]:
    if route.via is None and route.dev is None:
        yield sheet.document.problem(path, 'a route needs "via" (the next hop) or "dev" (a NIC)')
    elif destination(route) is None:
        yield sheet.document.problem((*path, "to"), "default without via tells no family; write 0.0.0.0/0 or ::/0")
    if route.dev is not None and route.dev not in stand.links:
        yield sheet.document.problem(
            (*path, "dev"), f'{stand.path[1]} has no NIC "{route.dev}"{meant(route.dev, stand.links)}'
        )
    elif route.via is not None:
        dev = route.dev or ""
        near = stand.links[dev] if dev else [a for addresses in stand.links.values() for a in addresses]
        if route.via.version == 6 and route.via.is_link_local and not dev:
            yield sheet.document.problem((*path, "via"), f'{route.via} is a link-local address; add the "dev" it is on')
        else:
            yield from _reachable(sheet, (*path, "via"), route.via, near, dev)
