"""Addresses: within their subnets, used once in each Ethernet, and packets big enough for their family."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from netproof.declared.document import Path
from netproof.declared.text import MIN_MTU_IPV6, listed
from netproof.errors import Problem
from netproof.site.checks.sheet import Joined, Sheet
from netproof.values.address import Interface, Network


def within_subnets(sheet: Sheet) -> Iterator[Problem]:
    """An address lies in a subnet of its network or segment, if that has any; IPv6 link-locals need none."""
    for link in sheet.links.values():
        network = sheet.written.networks.get(link.network)
        if network is not None:
            path = (*link.path, "addresses")
            yield from _outside(sheet, path, link.written.addresses, network.subnets, f'network "{link.network}"')
    for name, endpoint in sheet.written.endpoints.items():
        segment = sheet.written.segments.get(endpoint.segment or "")
        if segment is not None and segment.subnets:
            path = ("endpoints", name, "addresses")
            yield from _outside(sheet, path, endpoint.addresses, segment.subnets, f'segment "{endpoint.segment}"')


def _outside(
    sheet: Sheet, path: Path, addresses: Iterable[object], subnets: list[Network], of: str
) -> Iterator[Problem]:
    for i, address in enumerate(addresses):
        if not isinstance(address, Interface) or not subnets or any(address in subnet for subnet in subnets):
            continue
        if not address.is_link_local or address.version == 4:
            message = f"{address} is outside {of}; expected an address in {listed(map(str, subnets))}"
            yield sheet.document.problem((*path, i), message)


def used_once(sheet: Sheet) -> Iterator[Problem]:
    """An address is used once in each Ethernet: a segment and the networks that its uplinks plug into."""
    joined = Joined()
    for uplink in sheet.uplinks:
        joined.join(("segment", uplink.segment), uplink.domain)
    first: dict[tuple[Hashable, int, int], Path] = {}
    of_node: dict[tuple[str, int, int], Path] = {}
    for link in sheet.links.values():
        domain = joined.of((link.network, None))
        for i, address in enumerate(link.written.addresses):
            path = (*link.path, "addresses", i)
            yield from _used(sheet, first, (domain, address.version, int(address)), path, address)
            key = (link.node, address.version, int(address))
            elsewhere = of_node.setdefault(key, path)
            if elsewhere[:-1] != path[:-1] and not address.is_link_local and first[domain, *key[1:]] == path:
                yield sheet.twice(path, f"{address.ip} is used twice on {link.node}", elsewhere)
    for name, endpoint in sheet.written.endpoints.items():
        domain = joined.of(("segment", endpoint.segment)) if endpoint.segment else _nic_domain(sheet, joined, name)
        for i, given in enumerate(endpoint.addresses):
            if isinstance(given, Interface):
                path = ("endpoints", name, "addresses", i)
                yield from _used(sheet, first, (domain, given.version, int(given)), path, given)


def _nic_domain(sheet: Sheet, joined: Joined, endpoint: str) -> Hashable:
    written = sheet.written.endpoints[endpoint]
    link = sheet.links.get((written.host, written.nic or ""))
    return joined.of((link.network, None)) if link else endpoint


def _used(
    sheet: Sheet,
    first: dict[tuple[Hashable, int, int], Path],
    key: tuple[Hashable, int, int],
    path: Path,
    address: Interface,
) -> Iterator[Problem]:
    before = first.setdefault(key, path)
    if before is not path:
        yield sheet.twice(path, f"{address.ip} is used twice in one Ethernet", before)


def packets_fit(sheet: Sheet) -> Iterator[Problem]:
    """What carries IPv6 takes packets of 1280 bytes (RFC 8200, section 5)."""
    for name, network in sheet.written.networks.items():
        if network.mtu < MIN_MTU_IPV6 and any(subnet.version == 6 for subnet in network.subnets):
            yield _too_small(sheet, ("networks", name, "mtu"), network.mtu, "subnets")
    for link in sheet.links.values():
        around = sheet.written.networks.get(link.network)
        mtu = link.written.mtu or (around.mtu if around else MIN_MTU_IPV6)
        if mtu < MIN_MTU_IPV6 and any(address.version == 6 for address in link.written.addresses):
            yield _too_small(sheet, (*link.path, "mtu"), mtu, "addresses")


def _too_small(sheet: Sheet, path: Path, mtu: int, what: str) -> Problem:
    return sheet.document.problem(path, f"{mtu} is too small for its IPv6 {what}; expected {MIN_MTU_IPV6} or more")
