"""Names of what netproof makes: links and namespaces that must not collide on a host."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet
from netproof.values.naming import bridge_ifname, live_netns, port_ifname


def links(sheet: Sheet) -> Iterator[Problem]:
    """On each host the names of NICs, bridges and ports differ."""
    site, endpoints = sheet.written.site, sheet.written.endpoints
    first: dict[tuple[str, str], Path] = {(n, name): link.path for (n, name), link in sheet.links.items()}
    ifnames = {segment: bridge_ifname(site, segment) for segment in sheet.written.segments}
    for segment, host in _bridges(sheet):
        path: Path = ("segments", segment)
        before = first.setdefault((host, ifnames[segment]), path)
        if before is not path:
            what = f'the bridge of segment "{segment}" would be named "{ifnames[segment]}" on {host}'
            yield _taken(sheet, what, path, before)
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


def _bridges(sheet: Sheet) -> dict[tuple[str, str], None]:
    """Return (segment, host) of every bridge that will be made of a sound segment, in the order of the file."""
    of_uplinks = [(u.segment, u.host) for u in sheet.uplinks]
    sound = sheet.written.segments
    of_endpoints = [(e.segment, e.host) for e in sheet.written.endpoints.values() if e.segment in sound]
    return dict.fromkeys([*of_uplinks, *of_endpoints])


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
