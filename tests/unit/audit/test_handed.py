"""What a bridge hands to its host, where a namespace of this kernel cannot be set up so."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Any

from netproof.audit.handed import handed
from netproof.state.facts import Facts, Link, LinkAddress

UP = frozenset({"UP", "BROADCAST"})
PORTS = (Link(2, "port0", "veth", UP, master="br0"), Link(3, "port1", "veth", UP, master="br0"))
SYSCTLS = {"net/ipv6/conf/br0/disable_ipv6": "0"}


def _handed(data: dict[str, Any] | None = None, **facts: Any) -> list[str]:
    bridge = Link(1, "br0", "bridge", UP, mac="02:00:00:00:00:01", data=data or {})
    elsewhere = LinkAddress("eth0", ip_interface("192.0.2.1/24"))
    links = (bridge, *PORTS, Link(4, "eth0", flags=UP))
    known = {"links": links, "addresses": (elsewhere,), "sysctls": SYSCTLS, **facts}
    return list(handed(Facts(**known), bridge))


def test_open_bridge_hands_everything() -> None:
    """ARP, IPv4, IPv6."""
    assert _handed() == ["arp", "ip", "ip6"]


def test_drop_by_tc_at_the_bridge_closes_it() -> None:
    """At another link it does not."""
    assert _handed(tc_drops=frozenset({"br0"})) == []
    assert _handed(tc_drops=frozenset({"port0"})) == ["arp", "ip", "ip6"]


def test_bridge_that_filters_and_is_in_no_vlan_of_its_ports_is_closed() -> None:
    """Nor may one port share one with it, but such as leave tagged; they mean nothing where it does not filter."""
    ports = {"port0": {1: True, 10: False}, "port1": {20: True}}
    filters = {"vlan_filtering": 1}
    assert _handed(filters, vlans={"br0": {30: True}, **ports}) == []
    assert _handed(filters, vlans={"br0": {20: False}, **ports}) == []
    assert _handed(filters, vlans=ports) == []
    assert _handed(filters, vlans={"br0": {20: True}, **ports}) == ["arp", "ip", "ip6"]
    assert _handed({"vlan_filtering": 0}, vlans=ports) == ["arp", "ip", "ip6"]


def test_kernel_without_ipv6_hands_none() -> None:
    """There is no such setting."""
    assert _handed(sysctls={}) == ["arp", "ip"]
