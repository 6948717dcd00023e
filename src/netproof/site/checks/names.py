"""Names: each used once in the site, and nothing referred to that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.site.checks.sheet import KIND, Sheet


def unique(sheet: Sheet) -> Iterator[Problem]:
    """No name stands for two things: any name can be a selector."""
    for section, name in sheet.document.names():
        first = sheet.sections[name]
        if first != section:
            what = f'"{name}" is also the name of a {KIND[first]}'
            line, column = sheet.document.at((section, name), key=True)
            problem = sheet.twice((section, name), what, (first, name))
            yield Problem(problem.file, line, column, problem.message)


def references(sheet: Sheet) -> Iterator[Problem]:
    """Every network, host, segment and NIC that is referred to exists."""
    for link in sheet.links.values():
        yield from sheet.unknown((*link.path, "network"), link.network, "networks")
    yield from _of_stations(sheet)
    yield from _of_segments(sheet)
    for name, endpoint in sheet.written.endpoints.items():
        if endpoint.host not in sheet.written.hosts:
            yield from sheet.unknown(("endpoints", name, "host"), endpoint.host, "hosts")
        elif endpoint.nic is not None:
            yield from sheet.unknown_nic(("endpoints", name, "nic"), endpoint.host, endpoint.nic)
        if endpoint.segment is not None and endpoint.segment not in sheet.written.segments:
            yield from sheet.unknown(("endpoints", name, "segment"), endpoint.segment, "segments")


def _of_stations(sheet: Sheet) -> Iterator[Problem]:
    for name, station in sheet.written.stations.items():
        path = ("stations", name)
        if station.nics is None and station.network is None:
            yield sheet.document.problem(path, 'a station has a "network" (short form) or "nics"; this one has neither')
        if station.nics is not None:
            shorts = {"network": station.network, "addresses": station.addresses, "gateway": station.gateway}
            for key in (key for key, value in {**shorts, "vid": station.vid, "mtu": station.mtu}.items() if value):
                message = 'the short form and "nics" exclude each other; write this into one of the NICs'
                yield sheet.document.problem((*path, key), message, key=True)


def _of_segments(sheet: Sheet) -> Iterator[Problem]:
    for name, segment in sheet.written.segments.items():
        for i, uplink in enumerate(segment.uplinks):
            path = ("segments", name, "uplinks", i, *(("nic",) if uplink.vid else ()))
            host, _, nic = uplink.nic.partition(".")
            if host in sheet.written.hosts:
                yield from sheet.unknown_nic(path, host, nic)
            else:
                yield from sheet.unknown(path, host, "hosts")
        for i, host in enumerate(segment.gateway.hosts if segment.gateway else ()):
            yield from sheet.unknown(("segments", name, "gateway", "hosts", i), host, "hosts")
