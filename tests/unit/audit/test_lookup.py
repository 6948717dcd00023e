"""Where packets go by rules and tables."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from netproof.audit.lookup import looked_up
from netproof.state.facts import Facts, Route, RoutingRule


def _rule(priority: int, table: str = "", **others: Any) -> RoutingRule:
    source = ip_network(others.pop("source")) if "source" in others else None
    to = ip_network(others.pop("to")) if "to" in others else None
    return RoutingRule("ipv4", priority, table, others.pop("action", ""), source, to, others)


def _route(to: str, ifname: str, table: str = "main", **others: Any) -> Route:
    return Route("ipv4", table, others.pop("type", "unicast"), ip_network(to), ((None, ifname),), **others)


MAIN = _rule(32766, "main")
ROUTES = (_route("0.0.0.0/0", "eth0"), _route("10.0.0.0/8", "eth1"), _route("10.1.0.0/16", "eth2"))


def _ifname(rules: tuple[RoutingRule, ...], routes: tuple[Route, ...], to: str | None, source: str = "") -> str | None:
    target = ip_address(to) if to else None
    route = looked_up(Facts(rules=rules, routes=routes), "ipv4", target, ip_address(source) if source else None)
    return route.hops[0][1] if route else None


def test_longest_prefix_decides_then_the_least_metric() -> None:
    """Somewhere far is reached by a default route only."""
    assert _ifname((MAIN,), ROUTES, "10.1.2.3") == "eth2"
    assert _ifname((MAIN,), ROUTES, "10.2.2.3") == "eth1"
    assert _ifname((MAIN,), ROUTES, None) == "eth0"
    worse = _route("0.0.0.0/0", "eth9", metric=5)
    assert _ifname((MAIN,), (worse, *ROUTES), None) == "eth0"
    assert _ifname((MAIN,), (), None) is None


def test_halves_of_the_world_are_far_too() -> None:
    """As tunnels write them beside a default route."""
    halves = (_route("0.0.0.0/1", "tun0"), _route("128.0.0.0/1", "tun0"))
    assert _ifname((MAIN,), (*ROUTES, *halves), None) == "tun0"


def test_first_rule_that_is_for_the_packet_and_has_a_route_decides() -> None:
    """A rule by source, whose table may be empty, or throw the packet back."""
    by_source = _rule(10, "7", source="192.0.2.0/24")
    own = _route("0.0.0.0/0", "eth7", "7")
    assert _ifname((by_source, MAIN), (*ROUTES, own), None, "192.0.2.5") == "eth7"
    assert _ifname((by_source, MAIN), (*ROUTES, own), None, "198.51.100.5") == "eth0"
    assert _ifname((by_source, MAIN), (*ROUTES, own), None) == "eth0"
    assert _ifname((by_source, MAIN), ROUTES, None, "192.0.2.5") == "eth0"
    thrown = _route("0.0.0.0/0", "", "7", type="throw")
    assert _ifname((by_source, MAIN), (*ROUTES, thrown), None, "192.0.2.5") == "eth0"


def test_rule_or_route_may_end_the_packet() -> None:
    """Unreachable, blackhole, prohibit."""
    assert _ifname((_rule(10, action="unreachable"), MAIN), ROUTES, None) is None
    assert _ifname((MAIN,), (_route("0.0.0.0/0", "", type="blackhole"),), None) is None


def test_rules_by_what_the_packet_does_not_bear_are_passed_over() -> None:
    """Marks, ports, input links; what comes from this host has come in by lo."""
    own = _route("0.0.0.0/0", "eth7", "7")
    for others in ({"fwmark": "0x1"}, {"iif": "eth3"}, {"dport": 80}, {"to": "10.0.0.0/8"}):
        assert _ifname((_rule(10, "7", **others), MAIN), (*ROUTES, own), None) == "eth0", others
    assert _ifname((_rule(10, "7", iif="lo"), MAIN), (*ROUTES, own), None) == "eth7"
    assert _ifname((_rule(10, "7", fwmark="0x1", **{"not": None}), MAIN), (*ROUTES, own), None) == "eth7"


def test_suppressed_default_route_leaves_the_longer_prefixes() -> None:
    """`suppress_prefixlength 0`."""
    near = _rule(10, "main", suppress_prefixlen=0)
    assert _ifname((near,), ROUTES, "10.2.2.3") == "eth1"
    assert _ifname((near,), ROUTES, None) is None
