"""Segments' gateways."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.declared.segments import Segment
from netproof.declared.text import listed
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet


def gateways(sheet: Sheet) -> Iterator[Problem]:
    """A gateway's addresses are the segment's own, and a host tells its gateway segments apart by their subnets."""
    routed: list[tuple[str, Segment]] = []
    for name, segment in sheet.written.segments.items():
        if segment.gateway is None:
            continue
        path = ("segments", name, "gateway")
        yield from _addresses(sheet, path, name, segment)
        for host in segment.gateway.hosts:
            if segment.gateway.nat is not None and host in sheet.written.hosts:
                yield from sheet.unknown_nic((*path, "nat"), host, segment.gateway.nat)
        for other, before in routed:
            yield from _overlap(sheet, name, segment, other, before)
        routed.append((name, segment))


def _addresses(sheet: Sheet, path: Path, name: str, segment: Segment) -> Iterator[Problem]:
    assert segment.gateway is not None
    if not segment.gateway.hosts:
        yield sheet.document.problem((*path, "hosts"), "the list is empty; name the hosts that route")
    if not segment.gateway.addresses:
        yield sheet.document.problem((*path, "addresses"), "the list is empty; a gateway has an address")
    endpoints = [(n, e) for n, e in sheet.written.endpoints.items() if e.segment == name]
    for i, address in enumerate(segment.gateway.addresses):
        if segment.subnets and not any(address in subnet for subnet in segment.subnets):
            message = (
                f'{address} is outside segment "{name}"; expected an address in {listed(map(str, segment.subnets))}'
            )
            yield sheet.document.problem((*path, "addresses", i), message)
        for endpoint, shape in endpoints:
            for j, given in enumerate(shape.addresses):
                if getattr(given, "ip", None) == address.ip:
                    what = f"{address.ip} is the gateway's address"
                    yield sheet.twice(("endpoints", endpoint, "addresses", j), what, (*path, "addresses", i))


def _overlap(sheet: Sheet, name: str, segment: Segment, other: str, before: Segment) -> Iterator[Problem]:
    assert segment.gateway is not None
    assert before.gateway is not None
    common = [host for host in segment.gateway.hosts if host in before.gateway.hosts]
    for i, subnet in enumerate(segment.subnets if common else ()):
        for j, theirs in enumerate(before.subnets):
            if subnet.overlaps(theirs):
                what = f'{subnet} overlaps {theirs} of segment "{other}", and {common[0]} is the gateway of both'
                yield sheet.twice(("segments", name, "subnets", i), what, ("segments", other, "subnets", j))
