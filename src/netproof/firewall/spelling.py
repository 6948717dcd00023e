"""Matches in the very spelling in which nft 1.0.6 prints them back (``-s -p``): sets sorted, ranges merged."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from netproof.values.address import Network

PortRange = tuple[int, int]
"""First and last transport port."""


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of links as nft sorts them: as numbers, in the byte order of the machine."""
    return sorted(set(names), key=lambda name: int.from_bytes(name.encode().ljust(16, b"\0"), sys.byteorder))


def names(values: Iterable[str]) -> str:
    """Return "one of these links"."""
    return _one_of(f'"{name}"' for name in in_order(values))


def macs(values: Iterable[str]) -> str:
    """Return "one of these MACs"."""
    return _one_of(sorted(set(values)))


def numbers(values: Iterable[int]) -> str:
    """Return "one of these numbers"."""
    return _one_of(map(str, sorted(set(values))))


def any_port(ranges: Iterable[PortRange]) -> str:
    """Return "one of these ports"."""
    return _one_of(str(first) if first == last else f"{first}-{last}" for first, last in _merged(ranges))


def prefixes(values: Iterable[Network]) -> str:
    """Return "an address in one of these prefixes", which are of one family."""
    found = list(values)
    merged = _merged(map(_ends, found))
    return _one_of(_range(type(found[0].network_address), first, last) for first, last in merged)


def _ends(prefix: Network) -> tuple[int, int]:
    """Return a prefix's first and last address."""
    first = int(prefix.network_address)
    return first, first + (1 << prefix.max_prefixlen - prefix.prefixlen) - 1


def _range(make: type[IPv4Address | IPv6Address], first: int, last: int) -> str:
    """Return a range of addresses: as one address or one prefix where it is."""
    count = last - first + 1
    if count == 1:
        return str(make(first))
    if count & count - 1 or first % count:
        return f"{make(first)}-{make(last)}"
    return f"{make(first)}/{make(first).max_prefixlen - count.bit_length() + 1}"


def _merged(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what `ranges` cover as few of them, in order, as nft does where ranges overlap or touch."""
    low = high = None
    for first, last in sorted(ranges):
        if low is None or high is None:
            low, high = first, last
        elif first <= high + 1:
            high = max(high, last)
        else:
            yield low, high
            low, high = first, last
    if low is not None and high is not None:
        yield low, high


def _one_of(texts: Iterable[str]) -> str:
    found = list(texts)
    return found[0] if len(found) == 1 else f"{{ {', '.join(found)} }}"
