"""Virtual services."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet


def services(sheet: Sheet) -> Iterator[Problem]:
    """A service has a director with the NIC, destinations that exist, and ports."""
    for name, service in sheet.written.services.items():
        path = ("services", name)
        if service.director in sheet.written.hosts:
            yield from sheet.unknown_nic((*path, "nic"), service.director, service.nic)
        else:
            yield from sheet.unknown((*path, "director"), service.director, "hosts")
        for i, destination in enumerate(service.destinations):
            yield from sheet.unknown((*path, "destinations", i), destination, "endpoints", "stations", "hosts")
        for i, port in enumerate(service.ports):
            if "/" not in port:
                yield sheet.document.problem((*path, "ports", i), f'"{port}" is no port; expected one like tcp/25')
