"""Matches in the very spelling in which nft 1.0.6 prints them back (``-s -p``): sets sorted, ranges merged."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, summarize_address_range

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
    make = type(found[0].network_address)
    merged = _merged((int(p.network_address), int(p.broadcast_address)) for p in found)
    return _one_of(_range(make(first), make(last)) for first, last in merged)


def _range(first: object, last: object) -> str:
    [*spans] = summarize_address_range(ip_address(str(first)), ip_address(str(last)))
    if first == last:
        return str(first)
    return str(spans[0]) if len(spans) == 1 else f"{first}-{last}"


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
