"""Sites for the compiler's tests, built in Python, with places as a file of few lines would have them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

from netproof.compiler.compile import Compiled, compile_host
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import DeclaredRoute, DeclaredRule, Host, Nic, PhysicalNetwork
from netproof.site.place import Place
from netproof.site.segments import Segment, Uplink
from netproof.values.naming import endpoint_mac, live_netns

KERNEL = frozenset(
    {
        *("libnftables", "nft-netdev", "nft-bridge", "nft-inet", "tc-bpf", "locked-port"),
        *("bridge-nf-call", "vxlan", "ipv6-subtrees"),
    }
)


def at(line: int) -> Place:
    return Place("site.yaml", line, 3)


def endpoint(name: str, segment: str, number: int) -> Endpoint:
    addresses = (ip_interface(f"198.51.100.{number}/24"), ip_interface(f"2001:db8:51::{number:x}/64"))
    return Endpoint(name, "hv1", segment, endpoint_mac("demo", name), addresses, place=at(30 + number))


SITE = Site(
    "demo",
    "site.yaml",
    networks={n: PhysicalNetwork(n) for n in ("infra", "public")},
    hosts={
        "hv1": Host(
            "hv1",
            (
                Nic("eth1", "infra", (ip_interface("192.168.14.1/24"), ip_interface("10.7.0.1/16")), place=at(12)),
                Nic("eth2", "public", place=at(13)),
            ),
            routes=(
                DeclaredRoute(ip_network("10.8.0.0/16"), ip_address("10.7.0.9"), place=at(14)),
                DeclaredRoute(ip_network("10.9.0.0/16"), ip_address("192.168.14.9"), place=at(15)),
            ),
            rules=(DeclaredRule(5000, ("ipv4", "ipv6"), table=22), DeclaredRule(5001, ("ipv4",), iif="eth1", table=22)),
            place=at(10),
        )
    },
    segments={
        "dmz": Segment("dmz", uplinks=(Uplink("hv1", "eth2", at(22)),), isolation_place=at(23), place=at(21)),
        "inner": Segment("inner", isolation=("bridge-filter",), isolation_place=at(26), place=at(25)),
    },
    endpoints={
        e.name: e
        for e in (
            endpoint("vm2", "dmz", 2),
            endpoint("vm1", "dmz", 1),
            endpoint("app", "inner", 3),
            endpoint("db", "inner", 4),
        )
    },
)


def isolated_by(*methods: str) -> Site:
    """Return the site with another isolation of its segment `dmz`."""
    return replace(SITE, segments={**SITE.segments, "dmz": replace(SITE.segments["dmz"], isolation=methods)})


def compiled(site: Site = SITE, capabilities: frozenset[str] = KERNEL) -> Compiled:
    return compile_host(site, "hv1", capabilities, lambda e: live_netns(site.name, e.name))
