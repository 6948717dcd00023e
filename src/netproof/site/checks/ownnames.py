"""Names of what netproof makes: links and namespaces that must not collide on a host."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet
from netproof.values.naming import bridge_ifname, live_netns, port_ifname


def links(sheet: Sheet) -> Iterator[Problem]:
    """On each host the names of NICs, bridges and ports differ."""
    first: dict[tuple[str, str], Path] = {(n, name): link.path for (n, name), link in sheet.links.items()}
    for host, ifname, path, what in _made(sheet):
        before = first.setdefault((host, ifname), path)
        if before != path:
            taken = f'{what} would be named "{ifname}" on {host}, and that name is taken'
            yield sheet.twice(path, taken, before, "set `ifname` of an endpoint, or rename one")


def _made(sheet: Sheet) -> Iterator[tuple[str, str, Path, str]]:
    site = sheet.written.site
    bridges: dict[tuple[str, str], None] = dict.fromkeys((u.segment, u.host) for u in sheet.uplinks)
    endpoints = sheet.written.endpoints.items()
    bridges.update(dict.fromkeys((e.segment, e.host) for _, e in endpoints if e.segment is not None))
    ifnames = {segment: bridge_ifname(site, segment) for segment in sheet.written.segments}
    for segment, host in bridges:
        if segment in ifnames:
            yield host, ifnames[segment], ("segments", segment), f'the bridge of segment "{segment}"'
    for name, e in endpoints:
        path: Path = ("endpoints", name, "ifname") if e.ifname else ("endpoints", name)
        yield e.host, e.ifname or port_ifname(site, name), path, f'the port of endpoint "{name}"'


def namespaces(sheet: Sheet) -> Iterator[Problem]:
    """On each host every endpoint has a network namespace of its own."""
    first: dict[tuple[str, str], Path] = {}
    site = sheet.written.site
    for name, e in sheet.written.endpoints.items():
        path: Path = ("endpoints", name, "netns") if e.netns else ("endpoints", name)
        before = first.setdefault((e.host, e.netns or live_netns(site, name)), path)
        if before is not path:
            yield sheet.twice(
                path, f'the namespace "{e.netns or live_netns(site, name)}" is another endpoint\'s', before
            )
