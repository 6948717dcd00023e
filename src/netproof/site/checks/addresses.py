"""Addresses: within their subnets, used once in each Ethernet, and packets big enough for their family."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from netproof.declared.document import Path
from netproof.declared.endpoints import Endpoint
from netproof.declared.text import MIN_MTU_IPV6, listed
from netproof.errors import Problem
from netproof.site.checks.sheet import Joined, Link, Sheet, joined_segments
from netproof.values.address import Interface, Network


def within_subnets(sheet: Sheet) -> Iterator[Problem]:
    """An address lies in a subnet of its network or segment, if that has any; IPv6 link-locals need none."""
    for link in sheet.links.values():
        network = sheet.written.networks.get(link.network)
        if network is not None and link.written.vid is None:
            if _outside(link.written.addresses, _spans(network.subnets)):
                of = f'network "{link.network}"'
                yield from _told(sheet, link.path, link.written.addresses, network.subnets, of)
        elif network is not None:
            yield from _within_vlan(sheet, link)
    of_segment = {name: _spans(segment.subnets) for name, segment in sheet.written.segments.items()}
    for name, endpoint in sheet.written.endpoints.items():
        if _outside(endpoint.addresses, of_segment.get(endpoint.segment or "", [])):
            subnets, of = sheet.written.segments[endpoint.segment or ""].subnets, f'segment "{endpoint.segment}"'
            yield from _told(sheet, ("endpoints", name), endpoint.addresses, subnets, of)


def _within_vlan(sheet: Sheet, link: Link) -> Iterator[Problem]:
    """A VLAN has the subnets of the segments that it is bridged into."""
    bridged = {u.segment: sheet.written.segments[u.segment] for u in sheet.uplinks if u.domain == link.domain}
    subnets = [subnet for segment in bridged.values() for subnet in segment.subnets]
    of = f'VLAN {link.written.vid} of "{link.network}", which is segment "{"and ".join(bridged)}"'
    yield from _told(sheet, link.path, link.written.addresses, subnets, of)


def apart(sheet: Sheet) -> Iterator[Problem]:
    """The subnets of a segment do not overlap: else one address has two prefix lengths there."""
    for name, segment in sheet.written.segments.items():
        for i, subnet in enumerate(segment.subnets):
            first = next((j for j, other in enumerate(segment.subnets[:i]) if subnet.overlaps(other)), None)
            if first is not None:
                path, what = ("segments", name, "subnets"), f"{subnet} overlaps {segment.subnets[first]}"
                yield sheet.twice((*path, i), what, (*path, first), "take one away")


_Span = tuple[int, int, int]
"""Version, first and last address: comparing these is several times faster than asking the subnets."""


def _spans(subnets: Sequence[Network]) -> list[_Span]:
    return [(s.version, int(s.network_address), int(s.broadcast_address)) for s in subnets]


def _outside(addresses: Sequence[Interface | str], spans: Sequence[_Span]) -> list[int]:
    """Return which of `addresses` are outside all `spans`, by index; none if there are no spans."""
    out = []
    for i, address in enumerate(addresses if spans else ()):
        if isinstance(address, str):
            continue
        number, version = int(address), address.version
        for span_version, first, last in spans:
            if first <= number <= last and span_version == version:
                break
        else:
            if version == 4 or not address.is_link_local:
                out.append(i)
    return out


def _told(
    sheet: Sheet, path: Path, addresses: Sequence[Interface | str], subnets: Sequence[Network], of: str
) -> Iterator[Problem]:
    for i in _outside(addresses, _spans(subnets)):
        message = f"{addresses[i]} is outside {of}; expected an address in {listed(map(str, subnets))}"
        yield sheet.document.problem((*path, "addresses", i), message)


def used_once(sheet: Sheet) -> Iterator[Problem]:
    """An address is used once in each Ethernet (a segment and the networks that its uplinks plug into)."""
    first: dict[tuple[Hashable, int, int], tuple[Path, int]] = {}
    for domain, path, addresses in _uses(sheet):
        for i, address in enumerate(addresses):
            if isinstance(address, str):
                continue
            here = (path, i)
            before = first.setdefault((domain, address.version, int(address)), here)
            if before is not here:
                what = f"{address.ip} is used twice in one Ethernet"
                yield sheet.twice((*path, "addresses", i), what, (*before[0], "addresses", before[1]))


def _uses(sheet: Sheet) -> Iterator[tuple[Hashable, Path, Sequence[Interface | str]]]:
    """Yield every holder of addresses: its Ethernet, its place and the addresses."""
    joined = joined_segments(sheet)
    for link in sheet.links.values():
        yield joined.of(link.domain), link.path, link.written.addresses
    of_segment = {name: joined.of(("segment", name)) for name in sheet.written.segments}
    for name, endpoint in sheet.written.endpoints.items():
        domain = of_segment.get(endpoint.segment or "") or _of_nic(sheet, joined, endpoint)
        yield domain, ("endpoints", name), endpoint.addresses


def once_a_node(sheet: Sheet) -> Iterator[Problem]:
    """A host or station has an address on one NIC only, but for IPv6 link-locals."""
    first: dict[tuple[str, int, int], tuple[str, Path]] = {}
    for link in sheet.links.values():
        for i, address in enumerate(link.written.addresses):
            here = (link.network, (*link.path, "addresses", i))
            network, before = first.setdefault((link.node, address.version, int(address)), here)
            if network != link.network and not (address.version == 6 and address.is_link_local):
                yield sheet.twice(here[1], f"{address.ip} is used twice on {link.node}", before)


def _of_nic(sheet: Sheet, joined: Joined, endpoint: Endpoint) -> Hashable:
    """Return the Ethernet of an endpoint that is attached to a NIC; nobody else's if that cannot be told."""
    link = sheet.links.get((endpoint.host, endpoint.nic or ""))
    return joined.of(link.domain) if link else id(endpoint)


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
    message = f"packets of {mtu} bytes are too small for its IPv6 {what}; expected {MIN_MTU_IPV6} or more"
    return sheet.document.problem(path, message)
