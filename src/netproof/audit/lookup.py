"""Where the kernel would send a packet: routing rules in their order, then a table's longest prefix (ip-rule(8))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netproof.state.facts import Facts, Route, RoutingRule
from netproof.values.address import Address, Family

_UNASKED: Final = frozenset({"fwmark", "iif", "ipproto", "sport", "dport", "uid_start"})
_HARMLESS: Final = frozenset({"suppress_prefixlen", "protocol", "not", "realms"})
_DEAD_ENDS: Final = frozenset({"blackhole", "unreachable", "prohibit"})
_FAR: Final = 1
"""Routes to the far world have prefixes of at most this length: default, or its two halves."""


def looked_up(facts: Facts, family: Family, to: Address | None, source: Address | None) -> Route | None:
    """Return the route of a packet that starts here, without a mark; `to` None: to somewhere far, `source` None: of an
    address that no rule names. None if there is none, or one that ends it.
    """
    for rule in facts.rules:
        if rule.family != family or not _is_for(rule, to, source):
            continue
        if rule.action in _DEAD_ENDS:
            return None
        route = _best(facts, rule, to)
        if route is not None and route.type != "throw":
            return None if route.type in _DEAD_ENDS else route
    return None


def ways_out(facts: Facts, family: Family) -> Iterator[tuple[Route, str]]:
    """Yield each route by a next hop, of any table, with the ifname that it leaves by."""
    for route in facts.routes:
        if route.family == family and route.type == "unicast":
            yield from ((route, ifname) for via, ifname in route.hops if via is not None and ifname)


def unasked(rule: RoutingRule) -> frozenset[str]:
    """Return the selectors of a rule that uRPF's question, by which link a sender would be reached, does not bear."""
    return _UNASKED & rule.others.keys()


def _is_for(rule: RoutingRule, to: Address | None, source: Address | None) -> bool:
    selected = (
        (rule.source is None or (source is not None and source in rule.source))
        and (rule.to is None or (to is not None and to in rule.to))
        and rule.others.get("iif", "lo") == "lo"
        and _HARMLESS.issuperset(rule.others.keys() - {"iif"})
    )
    return selected != ("not" in rule.others)


def _best(facts: Facts, rule: RoutingRule, to: Address | None) -> Route | None:
    shortest = rule.others.get("suppress_prefixlen", -1)
    fitting = [
        route
        for route in facts.routes
        if (route.family, route.table) == (rule.family, rule.table)
        and route.to.prefixlen > shortest
        and (route.to.prefixlen <= _FAR if to is None else to in route.to)
    ]
    return max(fitting, key=lambda route: (route.to.prefixlen, -route.metric), default=None)
