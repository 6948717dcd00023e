"""Links, addresses, routes, rules and FDB as facts: the JSON of ip(8) and bridge(8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from netproof.state.facts import FdbEntry, Link, LinkAddress, Route, RoutingRule
from netproof.values.address import Address, Family, Network

Told = Iterable[Mapping[str, Any]]

_OF_A_RULE = frozenset({"priority", "src", "srclen", "dst", "dstlen", "table", "action", "flags"})


def links(told: Told) -> tuple[Link, ...]:
    """Return the links that ``ip -d -j link`` tells."""
    return tuple(_link(one) for one in told if "ifname" in one)


def _link(told: Mapping[str, Any]) -> Link:
    info = told.get("linkinfo", {})
    return Link(
        index=told["ifindex"],
        ifname=told["ifname"],
        kind=info.get("info_kind", ""),
        flags=frozenset(told.get("flags", ())),
        mtu=told.get("mtu", 0),
        mac=told.get("address", ""),
        master=told.get("master", ""),
        lower=told.get("link") or "",
        lower_index=told.get("link_index", 0),
        lower_netns=told.get("link_netnsid"),
        promiscuity=told.get("promiscuity", 0),
        alias=told.get("ifalias", ""),
        data=info.get("info_data", {}),
        port=info.get("info_slave_data", {}),
    )


def addresses(told: Told) -> tuple[LinkAddress, ...]:
    """Return the addresses that ``ip -j addr`` tells."""
    return tuple(
        LinkAddress(link["ifname"], ip_interface(f"{one['local']}/{one['prefixlen']}"))
        for link in told
        for one in link.get("addr_info", ())
        if "local" in one
    )


def routes(told: Told, family: int) -> tuple[Route, ...]:
    """Return the routes of all tables that ``ip -d -j route show table all`` tells of a family, 4 or 6."""
    return tuple(_route(one, _family(family)) for one in told if "dst" in one)


def _route(told: Mapping[str, Any], family: Family) -> Route:
    return Route(
        family=family,
        table=str(told.get("table", "main")),
        type=told.get("type", "unicast"),
        to=_network(told["dst"], family),
        hops=tuple(_hop(hop) for hop in told.get("nexthops", [told])),
        source=ip_address(told["prefsrc"]) if "prefsrc" in told else None,
        metric=told.get("metric", 0),
        protocol=str(told.get("protocol", "")),
    )


def _hop(told: Mapping[str, Any]) -> tuple[Address | None, str]:
    via = told.get("gateway") or told.get("via", {}).get("host")
    return (ip_address(via) if via else None), told.get("dev", "")


def rules(told: Told, family: int) -> tuple[RoutingRule, ...]:
    """Return the routing rules that ``ip -j rule`` tells of a family, 4 or 6, in the order in which they are asked."""
    return tuple(_rule(one, _family(family)) for one in told)


def _rule(told: Mapping[str, Any], family: Family) -> RoutingRule:
    return RoutingRule(
        family=family,
        priority=told.get("priority", 0),
        table=str(told.get("table", "")),
        action=told.get("action", ""),
        source=_selector(told, "src", family),
        to=_selector(told, "dst", family),
        others={name: value for name, value in told.items() if name not in _OF_A_RULE},
    )


def _selector(told: Mapping[str, Any], name: str, family: Family) -> Network | None:
    if told.get(name, "all") == "all":
        return None
    length = told.get(f"{name}len")
    return _network(told[name] if length is None else f"{told[name]}/{length}", family)


def fdb(told: Told) -> tuple[FdbEntry, ...]:
    """Return the FDB entries that ``bridge -d -j fdb`` tells."""
    return tuple(
        FdbEntry(
            mac=one["mac"],
            ifname=one["ifname"],
            state=one.get("state", ""),
            flags=frozenset(one.get("flags", ())),
            master=one.get("master", ""),
            vlan=one.get("vlan"),
            dst=ip_address(one["dst"]) if "dst" in one else None,
        )
        for one in told
        if "mac" in one and "ifname" in one
    )


def vlans(told: Told) -> dict[str, dict[int, bool]]:
    """Return the VLANs, by ifname, that ``bridge -j vlan`` tells, each with whether it leaves untagged."""
    return {
        one["ifname"]: {
            vid: "Egress Untagged" in span.get("flags", ())
            for span in one.get("vlans", ())
            for vid in range(span["vlan"], span.get("vlanEnd", span["vlan"]) + 1)
        }
        for one in told
        if "ifname" in one
    }


def _family(number: int) -> Family:
    return "ipv4" if number == 4 else "ipv6"


def _network(text: str, family: Family) -> Network:
    if text == "default":
        text = "0.0.0.0/0" if family == "ipv4" else "::/0"
    return ip_network(text, strict=False)
