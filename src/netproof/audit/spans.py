"""What a match of nftables selects, as far as its JSON tells it (libnftables-json(5)).

`audit.matches` asks what a match says of one packet; here matches are compared with each other.

Two questions are answered, and each only where the answer is certain: does this match *cover* that one (whatever
passes that one passes this one), and do the two *exclude* each other. Sets with names, concatenations, hashes and the
like are opaque: such a match covers only its like, and excludes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

L3, L4 = "l3", "l4"
"""The fields "which network protocol" and "which transport", by whatever name a rule asks for them."""

_SAME = {
    '{"meta": {"key": "nfproto"}}': L3,
    '{"meta": {"key": "protocol"}}': L3,
    '{"payload": {"field": "type", "protocol": "ether"}}': L3,
    '{"meta": {"key": "l4proto"}}': L4,
    '{"payload": {"field": "protocol", "protocol": "ip"}}': L4,
    '{"meta": {"key": "iif"}}': '{"meta": {"key": "iifname"}}',
    '{"meta": {"key": "oif"}}': '{"meta": {"key": "oifname"}}',
}
_ALIASES = {"ipv4": "ip", "ipv6": "ip6"}
_CARRIERS = {
    "icmp": 1,
    "tcp": 6,
    "udp": 17,
    "dccp": 33,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "comp": 108,
    "sctp": 132,
    "udplite": 136,
}
_NETWORKS = {"icmp": "ip", "icmpv6": "ip6", "ip": "ip", "ip6": "ip6", "arp": "arp"}
_ANEW = ("numgen", "random")
"""What a rule rolls afresh for each packet: the same words twice are not the same match."""


@dataclass(frozen=True, slots=True)
class Span:
    """A value or a range of them: `space` is what kind (number, address of a family, word), both ends belong to it."""

    space: str
    low: Any
    high: Any

    def holds(self, other: Span) -> bool:
        """Say whether all of `other` lies in here."""
        if self.space != other.space:
            return False
        if self.space == "word" and str(self.low).endswith("*"):
            return str(other.low).startswith(str(self.low)[:-1])
        return bool(self.low <= other.low and other.high <= self.high)

    def misses(self, other: Span) -> bool:
        """Say whether nothing lies in both."""
        if "opaque" in (self.space, other.space):
            return False
        if self.space == other.space == "word" and "*" in (str(self.low)[-1:], str(other.low)[-1:]):
            return not (self.holds(other) or other.holds(self))
        return self.space == other.space and bool(self.high < other.low or other.high < self.low)


@dataclass(frozen=True, slots=True)
class Match:
    """One condition: `field` is (`positive`) or is not among `values`; `flags`: values are bits that go together."""

    field: str
    positive: bool
    values: tuple[Span, ...]
    flags: bool = False

    def covers(self, other: Match) -> bool:
        """Say whether whatever passes `other` surely passes this one."""
        if self.field != other.field or any(word in self.field for word in _ANEW):
            return False
        if self.positive and other.positive:
            return all(any(mine.holds(its) for mine in self.values) for its in other.values)
        if other.positive:
            return not self.flags and all(mine.misses(its) for mine in self.values for its in other.values)
        return not self.positive and self.values == other.values

    def excludes(self, other: Match) -> bool:
        """Say whether surely nothing passes both."""
        if self.field != other.field or self.flags or other.flags:
            return False
        if self.positive and other.positive:
            return all(mine.misses(its) for mine in self.values for its in other.values)
        if self.positive == other.positive:
            return False
        no, yes = (other, self) if self.positive else (self, other)
        return all(any(barred.holds(its) for barred in no.values) for its in yes.values)

    def one_by_one(self) -> tuple[Match, ...]:
        """Return this match as one for each of its values, where any one of them will do."""
        if not self.positive:
            return (self,)
        return tuple(Match(self.field, True, (value,), self.flags) for value in self.values)


def equal(field: str, value: str | int) -> Match:
    """Return the match of a field with one value."""
    return Match(field, True, (_span(_CARRIERS.get(str(value), value) if field == L4 else value),))


def meta(key: str) -> str:
    """Return the field that a rule asks for by `meta KEY`."""
    return _field({"meta": {"key": key}})


def header(protocol: str, field: str) -> str:
    """Return the field of a protocol's header."""
    return _field({"payload": {"protocol": protocol, "field": field}})


def read_match(body: Mapping[str, Any]) -> Match:
    """Return the match of a rule's JSON."""
    field, operator = _field(body["left"]), body["op"]
    values = tuple(_numbered(span) if field == L4 else span for span in _spans(body["right"]))
    if operator not in ("==", "!=", "in"):
        return Match(json.dumps(body, sort_keys=True), True, (Span("opaque", 0, 0),))
    exclusive = operator != "in" or field == '{"ct": {"key": "state"}}'
    return Match(field, operator != "!=", values, flags=not exclusive)


def implied(left: Any) -> Iterator[Match]:
    """Yield what asking for a field of this header says of the packet besides."""
    protocol = left.get("payload", {}).get("protocol") if isinstance(left, Mapping) else None
    if protocol in _CARRIERS:
        yield equal(L4, protocol)
    if protocol in _NETWORKS:
        yield equal(L3, _NETWORKS[protocol])


def all_cover(wide: Iterable[Match], narrow: Iterable[Match]) -> bool:
    """Say whether each of the conditions `wide` surely holds where all of `narrow` do."""
    known = tuple(narrow)
    return all(any(mine.covers(its) for its in known) for mine in wide)


def any_excludes(some: Iterable[Match], others: Iterable[Match]) -> bool:
    """Say whether surely nothing meets all the conditions of both."""
    known = tuple(others)
    return any(mine.excludes(its) for mine in some for its in known)


def _field(left: Any) -> str:
    text = json.dumps(left, sort_keys=True)
    return _SAME.get(text, text)


def _spans(right: Any) -> Iterator[Span]:
    if isinstance(right, list):
        members = right
    elif isinstance(right, Mapping) and "set" in right:
        members = right["set"] if isinstance(right["set"], list) else [right["set"]]
    else:
        members = [right]
    for member in members:
        inner = member["elem"]["val"] if isinstance(member, Mapping) and "elem" in member else member
        yield _span(inner)


def _span(value: Any) -> Span:
    if isinstance(value, int):
        return Span("number", int(value), int(value))
    if isinstance(value, str) and not value.startswith("@"):
        return _worded(value)
    if isinstance(value, Mapping) and set(value) == {"range"}:
        low, high = (_span(end) for end in value["range"])
        return Span(low.space, low.low, high.high) if low.space == high.space != "word" else _opaque(value)
    if isinstance(value, Mapping) and set(value) == {"prefix"}:
        try:
            net = ip_network(f"{value['prefix']['addr']}/{value['prefix']['len']}", strict=False)
        except ValueError:
            return _opaque(value)
        return Span(f"IPv{net.version}", int(net.network_address), int(net.broadcast_address))
    return _opaque(value)


def _worded(value: str) -> Span:
    try:
        address = ip_address(value)
    except ValueError:
        word = _ALIASES.get(value, value)
        return Span("word", word, word)
    return Span("IPv4" if isinstance(address, IPv4Address) else "IPv6", int(address), int(address))


def _numbered(span: Span) -> Span:
    """Return a transport protocol by its number, as some listings have it and others not."""
    return _span(_CARRIERS.get(span.low, span.low)) if span.space == "word" else span


def _opaque(value: Any) -> Span:
    text = json.dumps(value, sort_keys=True)
    return Span("opaque", text, text)
