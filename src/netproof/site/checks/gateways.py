"""Segments' gateways."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.declared.segments import SegmentGateway
from netproof.declared.text import listed
from netproof.errors import Problem
from netproof.isolation.choice import methods
from netproof.site.checks.sheet import Sheet, joined_segments
from netproof.values.address import Address, Interface


def gateways(sheet: Sheet) -> Iterator[Problem]:
    """A gateway's addresses are the segment's own, and a host tells its gateway segments apart by their subnets."""
    routed: list[tuple[str, SegmentGateway]] = []
    for name, segment in sheet.written.segments.items():
        gateway = segment.gateway
        if gateway is None:
            continue
        path = ("segments", name, "gateway")
        yield from _hosts_once(sheet, path, gateway)
        yield from _addresses(sheet, path, name, gateway)
        yield from _isolation(sheet, name)
        for host in gateway.hosts:
            if gateway.nat is not None and host in sheet.written.hosts:
                yield from _nat(sheet, (*path, "nat"), host, gateway.nat)
            yield from _beside_nics(sheet, path, host, gateway)
        for other, theirs in routed:
            common = [host for host in gateway.hosts if host in theirs.hosts]
            if common:
                yield from _overlap(sheet, name, other, common[0])
        routed.append((name, gateway))


def _hosts_once(sheet: Sheet, path: Path, gateway: SegmentGateway) -> Iterator[Problem]:
    for i, host in enumerate(gateway.hosts):
        if host in gateway.hosts[:i]:
            yield sheet.document.problem((*path, "hosts", i), f'"{host}" stands in the list twice')


def _addresses(sheet: Sheet, path: Path, name: str, gateway: SegmentGateway) -> Iterator[Problem]:
    for key, missing in (("hosts", "name the hosts that route"), ("addresses", "a gateway has an address")):
        if not getattr(gateway, key):
            yield sheet.document.problem((*path, key), f"the list is empty; {missing}")
    subnets = sheet.written.segments[name].subnets
    mine: dict[Address, Path] = {}
    for i, address in enumerate(gateway.addresses):
        mine[address.ip] = (*path, "addresses", i)
        on_every_link = address.version == 6 and address.is_link_local
        if subnets and not on_every_link:
            yield from _in_its_subnet(sheet, mine[address.ip], name, address)
    for endpoint, shape in sheet.written.endpoints.items():
        for i, given in enumerate(shape.addresses if shape.segment == name else ()):
            if not isinstance(given, str) and given.ip in mine:
                at = ("endpoints", endpoint, "addresses", i)
                yield sheet.twice(at, f"{given.ip} is the gateway's address", mine[given.ip])
    joined = joined_segments(sheet)
    for link in sheet.links.values():
        if joined.of(link.domain) == joined.of(("segment", name)):
            for i, address in enumerate(link.written.addresses):
                if address.ip in mine:
                    theirs = (*link.path, "addresses", i)
                    yield sheet.twice(theirs, f"{address.ip} is the gateway's address", mine[address.ip])


def _in_its_subnet(sheet: Sheet, path: Path, name: str, address: Interface) -> Iterator[Problem]:
    """A gateway's prefix is how its host knows who is on the segment: it is that of the subnet, no more and no less."""
    subnets = sheet.written.segments[name].subnets
    around = [subnet for subnet in subnets if address.ip in subnet]
    if not around:
        message = f'{address} is outside segment "{name}"; expected an address in {listed(map(str, subnets))}'
        yield sheet.document.problem(path, message)
    elif address.network not in around:
        meant = f"{address.ip}/{around[0].prefixlen}"
        message = f'{address} has not the prefix length of {around[0]}; did you mean "{meant}"?'
        yield sheet.document.problem(path, message)


def _nat(sheet: Sheet, path: Path, host: str, nic: str) -> Iterator[Problem]:
    yield from sheet.unknown_nic(path, host, nic)
    link = sheet.links.get((host, nic))
    if link is not None and not any(not a.is_link_local for a in link.written.addresses):
        message = f"{nic} of {host} has no address behind which endpoints could get out"
        yield sheet.document.problem(path, message)


def _isolation(sheet: Sheet, segment: str) -> Iterator[Problem]:
    for i, word in enumerate(sheet.written.segments[segment].isolation):
        method = methods().get(word)
        if method is not None and not method.spares_gateway:
            spare = [name for name, known in methods().items() if known.spares_gateway]
            message = f'"{word}" would cut the gateway off; expected auto, none or of {listed(sorted(spare))}'
            yield sheet.document.problem(("segments", segment, "isolation", i), message)


def _beside_nics(sheet: Sheet, path: Path, host: str, gateway: SegmentGateway) -> Iterator[Problem]:
    """A host tells by its subnet on which link somebody is: those of its NICs are no other segment's."""
    for i, address in enumerate(gateway.addresses):
        for link in () if address.is_link_local else sheet.links_of(host):
            near = [a for a in link.written.addresses if not a.is_link_local and a.network.overlaps(address.network)]
            if near:
                message = (
                    f"{address.network} overlaps {near[0].network}, on which {host} is by {link.name}; choose another"
                )
                yield sheet.document.problem((*path, "addresses", i), message)


def _overlap(sheet: Sheet, name: str, other: str, host: str) -> Iterator[Problem]:
    segments = sheet.written.segments
    for i, subnet in enumerate(segments[name].subnets):
        for j, theirs in enumerate(segments[other].subnets):
            if subnet.overlaps(theirs):
                what = f'{subnet} overlaps {theirs} of segment "{other}", and {host} is the gateway of both'
                yield sheet.twice(("segments", name, "subnets", i), what, ("segments", other, "subnets", j))
