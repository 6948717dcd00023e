"""Names of what netproof makes: links and namespaces that must not collide on a host."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet
from netproof.values.naming import bridge_ifname, live_netns, port_ifname, vlan_ifname, vxlan_ifname


def links(sheet: Sheet) -> Iterator[Problem]:
    """On each host the names of NICs, bridges, VXLAN devices and ports differ."""
    site, endpoints = sheet.written.site, sheet.written.endpoints
    first: dict[tuple[str, str], Path] = {(n, name): link.path for (n, name), link in sheet.links.items()}
    for path, host, what, ifname in (*_of_trunks(sheet), *_of_segments(sheet)):
        before = first.setdefault((host, ifname), path)
        if before is not path:
            yield _taken(sheet, f'{what} would be named "{ifname}" on {host}', path, before)
    for name, endpoint in endpoints.items():
        ifname = endpoint.ifname or port_ifname(site, name)
        path = ("endpoints", name)
        before = first.setdefault((endpoint.host, ifname), path)
        if before is not path:
            path = (*path, "ifname") if endpoint.ifname else path
            what = f'the port of endpoint "{name}" would be named "{ifname}" on {endpoint.host}'
            yield _taken(sheet, what, path, before)


def _taken(sheet: Sheet, what: str, path: Path, before: Path) -> Problem:
    advice = "set `ifname` of an endpoint, or rename one"
    return sheet.twice(path, f"{what}, and that name is taken", before, advice)


def _of_trunks(sheet: Sheet) -> Iterator[tuple[Path, str, str, str]]:
    """Yield place, host, sort and name of every link that will be made for one VLAN of a NIC."""
    vlans = {(u.host, u.nic, u.domain[1]): u.path for u in reversed(sheet.uplinks)}
    for (host, nic, vid), path in vlans.items():
        if vid is not None:
            yield path, host, f"the link for VLAN {vid} of {nic}", vlan_ifname(sheet.written.site, nic, vid)


def _of_segments(sheet: Sheet) -> Iterator[tuple[Path, str, str, str]]:
    """Yield place, host, sort and name of every link that will be made of a sound segment itself."""
    site = sheet.written.site
    for segment, hosts in sheet.bridges.items():
        made = {"bridge": bridge_ifname(site, segment)}
        if sheet.written.segments[segment].vni is not None:
            made["VXLAN device"] = vxlan_ifname(site, segment)
        for host in hosts:
            for sort, ifname in made.items():
                yield ("segments", segment), host, f'the {sort} of segment "{segment}"', ifname


def namespaces(sheet: Sheet) -> Iterator[Problem]:
    """On each host every endpoint has a network namespace of its own."""
    first: dict[tuple[str, str], Path] = {}
    site = sheet.written.site
    for name, e in sheet.written.endpoints.items():
        netns = e.netns or live_netns(site, name)
        path: Path = ("endpoints", name)
        before = first.setdefault((e.host, netns), path)
        if before is not path:
            path = (*path, "netns") if e.netns else path
            yield sheet.twice(path, f'the namespace "{netns}" is another endpoint\'s', before)
