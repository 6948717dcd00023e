"""Two tenants with the same addresses on one host, made by hand with iproute2 and nftables, policy and all.

::

    web ═ p-web ┐                      web2 ═ p-web2 ┐
    app ═ p-app ┤ one (bridge) hv1 two ┤                   web2 and db2 bear the addresses of web and db,
    db  ═ p-db  ┤                      db2  ═ p-db2  ┘     old has none in IPv6
    old ═ p-old ┘                      liar ═ p-liar ┐
                                                     ├ three       liar may have any address
                                       ally ═ p-ally ┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_interface

from netproof.kernel.vantage import NamespaceVantage
from netproof.site.endpoints import Endpoint, Guard
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, PhysicalNetwork
from netproof.site.policy import PolicyLine, Traffic
from netproof.site.segments import Segment
from netproof.values.naming import endpoint_mac
from proof.conftest import forget_connections, settle
from shell import run

SEGMENTS = {
    "one": {"web": 1, "app": 2, "db": 3, "old": 4},
    "two": {"web2": 1, "db2": 3},
    "three": {"liar": 5, "ally": 6},
}
HOST = "hv1"

TRACKING = """
add table inet known
add chain inet known zones { type filter hook prerouting priority -300; }
add rule inet known zones ct zone set iifname map { "one" : 1, "two" : 2, "three" : 3 }
add chain inet known seen { type filter hook prerouting priority -150; }
add rule inet known seen meta mark set 0
add rule inet known seen ct state established meta mark set 1
add rule inet known seen ct state related meta mark set 2
"""
"""Marks what belongs to a known connection, and errors about one; a zone for each segment."""

RULES = (
    "meta protocol { 8021q, 8021ad } drop",
    'meta mark 1 iifname "p-db" oifname "p-web" tcp sport 5432 accept',
    'meta mark 1 iifname "p-db" oifname "p-web" udp sport 5000-5010 accept',
    'meta mark 1 iifname "p-db" oifname "p-web" icmp type echo-reply accept',
    'meta mark 1 iifname "p-db" oifname "p-web" icmpv6 type echo-reply accept',
    'meta mark 2 iifname "p-db" oifname "p-web" accept',
    "icmpv6 type { 133, 134, 135, 136 } accept",
    'iifname "p-web" oifname "p-db" tcp dport 5432 accept',
    'iifname "p-web" oifname "p-db" udp dport 5000-5010 accept',
    'iifname "p-web" oifname "p-db" icmp type echo-request accept',
    'iifname "p-web" oifname "p-db" icmpv6 type echo-request accept',
    'iifname "p-web" oifname "p-app" udp dport 7000 drop',
    'iifname "p-web" oifname "p-old" meta protocol { ip, ip6 } drop',
    'iifname "p-old" oifname "p-web" meta protocol { ip, ip6 } drop',
    'iifname { "p-web", "p-db" } oifname { "p-web", "p-db" } meta protocol { ip, ip6 } drop',
    'iifname { "p-liar", "p-ally" } oifname { "p-liar", "p-ally" } meta protocol { ip, ip6 } drop',
    'iifname { "p-web2", "p-db2" } oifname { "p-web2", "p-db2" } meta protocol { ip, ip6 } drop',
)
"""What the lines of `site` say, rule by rule."""


def site() -> Site:
    """Return the site: web may ask db, nothing else passes between them, and nothing at all in the other segment."""
    endpoints = {
        name: Endpoint(
            name, HOST, segment, endpoint_mac("tiers", name), _addresses(number, name), guard=Guard(ip=name != "liar")
        )
        for segment, members in SEGMENTS.items()
        for name, number in members.items()
    }
    allowed = (Traffic("tcp", 5432, 5432), Traffic("udp", 5000, 5010), Traffic("icmp"))
    policy = (
        PolicyLine(("web",), ("db",), allowed, allow=True),
        PolicyLine(("web", "db"), ("web", "db"), (Traffic("all"),), allow=False),
        PolicyLine(("two",), ("two",), (Traffic("all"),), allow=False),
        PolicyLine(("three",), ("three",), (Traffic("all"),), allow=False),
        PolicyLine(("web",), ("app",), (Traffic("udp", 7000, 7000),), allow=False),
        PolicyLine(("web",), ("old",), (Traffic("all"),), allow=False),
        PolicyLine(("old",), ("web",), (Traffic("all"),), allow=False),
    )
    networks = {"wire": PhysicalNetwork("wire")}
    hosts = {HOST: Host(HOST, (Nic("eth0", "wire"),))}
    return Site("tiers", "", networks, hosts, {}, {s: Segment(s) for s in SEGMENTS}, endpoints, policy)


def _addresses(number: int, name: str) -> tuple:
    both = ip_interface(f"10.9.0.{number}/24"), ip_interface(f"2001:db8:9::{number}/64")
    return both[:1] if name == "old" else both


@dataclass(frozen=True)
class Tiers:
    """The namespaces by node, and what the prover is given of them."""

    names: dict[str, str]
    vantages: dict[str, NamespaceVantage]

    def hold(self, rules: Iterable[str] = RULES, tracking: str = TRACKING) -> None:
        """Put the policy in place, and nothing else; what went before is forgotten."""
        run("ip", "netns", "exec", self.names[HOST], "nft", "flush ruleset")
        chain = "add table bridge held\nadd chain bridge held f { type filter hook forward priority -200; }\n"
        script = tracking + chain + "".join(f"add rule bridge held f {rule}\n" for rule in rules)
        run("ip", "netns", "exec", self.names[HOST], "nft", script)
        forget_connections(self.names[HOST])


_CALLED = ("nf_call_iptables", "1", "nf_call_ip6tables", "1")
"""A bridge whose frames conntrack sees."""
_QUIET = ("net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0")
_NOT_CALLED = ("net.bridge.bridge-nf-call-iptables=0", "net.bridge.bridge-nf-call-ip6tables=0")


def tiers(make_netns: Callable[[str], str]) -> Tiers:
    """Build the site, open."""
    whole = site()
    names = {node: make_netns(node) for node in (HOST, *whole.endpoints)}
    for netns in names.values():
        run("ip", "netns", "exec", netns, "sysctl", "-qw", *_QUIET)
    host = names[HOST]
    run("ip", "netns", "exec", host, "sysctl", "-qw", *_NOT_CALLED)
    for bridge in SEGMENTS:
        run("ip", "-n", host, "link", "add", bridge, "type", "bridge", "mcast_snooping", "0", *_CALLED)
        run("ip", "-n", host, "link", "set", bridge, "up")
    for endpoint in whole.endpoints.values():
        port, netns = f"p-{endpoint.name}", names[endpoint.name]
        run("ip", "-n", host, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", netns)
        run("ip", "-n", host, "link", "set", port, "up", "master", endpoint.segment)
        run("ip", "-n", netns, "link", "set", "eth0", "address", endpoint.mac)
        for address in endpoint.addresses:
            run("ip", "-n", netns, "address", "add", str(address), "dev", "eth0")
        run("ip", "-n", netns, "link", "set", "eth0", "up")
    settle(names)
    return Tiers(names, {node: NamespaceVantage(node, name) for node, name in names.items() if node != HOST})
