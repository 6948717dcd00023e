"""What the rules of bridged and of routed packets have in common: matches for two spots, and for kinds of traffic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.firewall.line import Line, Spot, Traffic
from netproof.firewall.spelling import PortRange, any_port, macs, names, prefixes
from netproof.values.address import FAMILIES, Family, Network, family_of

ICMP = "meta l4proto { 1, 58 }"
FAMILY_WORD: dict[Family, str] = {"ipv4": "ip", "ipv6": "ip6"}


def traffic_matches(line: Line, side: str) -> Iterator[str]:
    """Yield the matches for the traffic of `line`, a space behind each, empty for all; `side` is where ports stand."""
    if line.is_of_all:
        yield ""
        return
    for protocol in ("tcp", "udp"):
        if found := [r for traffic in line.traffic for r in _range(traffic, protocol)]:
            yield f"{protocol} {side} {any_port(found)} "
    if any(traffic.protocol == "icmp" for traffic in line.traffic):
        yield f"{ICMP} "


def _range(traffic: Traffic, protocol: str) -> Iterator[PortRange]:
    if traffic.protocol == protocol:
        yield traffic.first or 0, 65535 if traffic.last is None else traffic.last


def families_of(source: Spot, target: Spot) -> tuple[Family | None, ...]:
    """Return the families of which rules are needed; None where addresses are of no concern."""
    told = [{family_of(p) for p in spot.prefixes} for spot in (source, target) if spot.prefixes]
    return tuple(f for f in FAMILIES if all(f in families for families in told)) if told else (None,)


def between(source: Spot, target: Spot, family: Family | None) -> str:
    """Return the match for packets of `family` from one spot to another, in the order in which nft prints it."""
    matches = [at_ports(source, target)]
    for spot, side in (
        (target, "daddr"),
        (source, "saddr"),
    ):  # as in a frame: nft joins neighbours
        if spot.macs:
            matches.append(f"ether {side} {macs(spot.macs)}")
    for spot, side in ((source, "saddr"), (target, "daddr")):
        if spot.prefixes and family:
            matches.append(f"{FAMILY_WORD[family]} {side} {prefixes(of_family(spot.prefixes, family))}")
    return " ".join(matches)


def at_ports(source: Spot, target: Spot) -> str:
    """Return the match for packets between the ports of two spots, whoever is behind them."""
    return " ".join((*_port(source, "i"), *_port(target, "o")))


def of_family(values: Iterable[Network], family: Family) -> list[Network]:
    """Return those of `values` that are of `family`."""
    return [v for v in values if family_of(v) == family]


def _port(spot: Spot, way: str) -> Iterator[str]:
    if spot.ports:
        yield f"{way}ifname {names(spot.ports)}"
