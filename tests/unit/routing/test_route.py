"""Routes and rules as the kernel shows them."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netproof.routing.route import device_towards, route
from netproof.routing.rule import rule


def test_device_is_that_of_the_longest_prefix() -> None:
    """As the kernel would, the nearest network that has the next hop on-link is taken."""
    links = [
        ("eth0", [ip_interface("10.0.0.1/8")]),
        ("eth1", [ip_interface("10.7.0.1/16"), ip_interface("fd00::1/64")]),
    ]
    assert device_towards(ip_address("10.7.0.9"), links) == "eth1"
    assert device_towards(ip_address("10.8.0.9"), links) == "eth0"
    assert device_towards(ip_address("fd00::9"), links) == "eth1"
    assert device_towards(ip_address("192.0.2.1"), links) is None


def test_default_route_has_the_family_of_its_gateway() -> None:
    """Without a destination the gateway's family tells which default is meant."""
    assert route("", None, via=ip_address("192.0.2.1"), ifname="eth0").destination == "0.0.0.0/0"
    assert route("", None, via=ip_address("fe80::1"), ifname="eth0").destination == "::/0"
    with pytest.raises(ValueError, match="no family"):
        route("", None, via=None, ifname="eth0")


def test_metric_that_ipv6_takes_for_default_is_none() -> None:
    """1024 is what the kernel writes for an IPv6 route without a metric; in IPv4 it is a metric."""
    assert route("", ip_network("2001:db8::/32"), via=None, ifname="eth0", metric=1024).metric == 0
    assert route("", ip_network("192.0.2.0/24"), via=None, ifname="eth0", metric=1024).metric == 1024


def test_rule_that_selects_everything_has_no_selector() -> None:
    """A prefix of length 0 is how people write "all"; the kernel shows none."""
    made = rule(
        "ipv4",
        100,
        source=ip_network("0.0.0.0/0"),
        destination=None,
        iif=None,
        oif=None,
        fwmark=None,
        table=22,
        action="lookup",
    )
    assert (made.source, made.destination, made.iif, made.fwmark, made.table) == ("", "", "", 0, 22)
