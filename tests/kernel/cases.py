"""One row for each kind of object: how it is made, what it needs first, how it changes in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import ALL_ZERO, Neighbour, RemoteEntry, Vxlan

BRIDGE = Bridge(HOME, "br0", "02:00:00:00:00:01")
TABLE = NftTable(HOME, "netdev", "netproof-demo")
INGRESS = 'type filter hook ingress device "br0" priority filter; policy accept;'
CHAIN = NftChain(HOME, "netdev", "netproof-demo", "c", INGRESS, ("ether saddr 02:00:00:00:00:02 drop",), "br0")
SHARED = NftChain(HOME, "netdev", "netproof-demo", "shared", "", ("ether type 8021ad drop", "ether type arp accept"))
UP = (BRIDGE, Up(HOME, "br0"))
NIC = (Up(HOME, "nic0-far"), Up(HOME, "nic0"), Address(HOME, "nic0", "203.0.113.1/24"))
VXLAN = Vxlan(HOME, "vx", "02:00:00:00:00:09", vni=100, local="203.0.113.1")
VXLAN6 = replace(VXLAN, local="2001:db8::1", udp_port=8472, learning=True, proxy=True)
GROUP = {"remote_group": "239.1.1.1", "underlay": "nic0", "ttl": 5}


@dataclass(frozen=True)
class Case:
    """One object, what it needs first, what it may be replaced by in place, and its error on an absent link."""

    name: str
    make: Callable[[str], KernelObject]
    after: Callable[[str], tuple[KernelObject, ...]] = lambda _: ()
    changed: tuple[dict[str, object], ...] = ()
    orphan: Callable[[str], KernelObject] | None = None
    needs: str = ""  # a capability that not every kernel has


def case(name: str, thing: KernelObject, *first: KernelObject, changed=(), orphan=None, needs="") -> Case:
    made_last = (lambda _: orphan) if orphan else None
    return Case(name, lambda _: thing, lambda _: first, tuple(changed), made_last, needs)


CASES = [
    Case("namespace", Namespace),
    case(
        "bridge",
        BRIDGE,
        changed=[{"mac": "02:00:00:00:00:99"}, {"stp": True}, {"mcast_snooping": True}, {"group_fwd_mask": 0xFFF8}],
    ),
    case(
        "bridge that forwards link-local groups",
        replace(BRIDGE, group_fwd_mask=0xFFF8),
        changed=[{"group_fwd_mask": 0}],
    ),
    case("bridge whose frames pass the hooks of IP", replace(BRIDGE, nf_call=True), changed=[{"nf_call": False}]),
    Case(
        "veth",
        lambda guest: Veth(HOME, "v1", "02:00:00:00:00:03", guest, "eth0"),
        lambda guest: (Namespace(guest),),
        ({"mac": "02:00:00:00:00:77"},),
        lambda guest: Veth(HOME, "v1", "02:00:00:00:00:03", guest, "eth0"),
    ),
    Case(
        "veth between guests",
        lambda guest: Veth(guest, "v1", "02:00:00:00:00:03", HOME, "eth7"),
        lambda guest: (Namespace(guest),),
    ),
    case(
        "port",
        Port(HOME, "nic0", "br0"),
        BRIDGE,
        changed=[{"learning": False}, {"locked": True}, {"isolated": True}],
        orphan=Port(HOME, "nosuch", "br0"),
    ),
    case("port with flags", Port(HOME, "nic0", "br0", learning=False, locked=True, isolated=True), BRIDGE),
    case(
        "fdb",
        FdbEntry(HOME, "nic0", "02:00:00:00:00:55"),
        BRIDGE,
        Port(HOME, "nic0", "br0"),
        changed=[{"sticky": True}],
        orphan=FdbEntry(HOME, "nosuch", "02:00:00:00:00:55"),
    ),
    case("fdb sticky", FdbEntry(HOME, "nic0", "02:00:00:00:00:55", sticky=True), BRIDGE, Port(HOME, "nic0", "br0")),
    case(
        "vxlan",
        VXLAN,
        changed=[
            {"mac": "02:00:00:00:00:99"},
            {"local": "203.0.113.2"},
            {"learning": True},
            {"ttl": 7},
            {"df": False},
        ],
    ),
    Case(
        "vxlan in an annex",
        lambda guest: replace(VXLAN, netns=f"{guest}@h"),
        lambda guest: (*NIC, Namespace(f"{guest}@h")),
        ({"local": "203.0.113.2"}, {"learning": True}, GROUP),
    ),
    Case(
        "remote fdb in an annex",
        lambda guest: RemoteEntry(f"{guest}@h", "vx", "02:00:00:00:00:55", "203.0.113.2"),
        lambda guest: (Namespace(f"{guest}@h"), replace(VXLAN, netns=f"{guest}@h")),
        ({"vtep": "203.0.113.3"},),
    ),
    case("vxlan over a group", replace(VXLAN, **GROUP), *NIC, changed=[{"remote_group": "239.1.1.2"}]),
    case("vxlan that comes to have a group", VXLAN, *NIC, changed=[GROUP]),
    case("vxlan ipv6", VXLAN6, changed=[{"local": "2001:db8::2"}, {"learning": False}]),
    case(
        "vxlan ipv6 that comes to have a group",
        VXLAN6,
        *NIC,
        changed=[{"remote_group": "ff05::100", "underlay": "nic0", "ttl": 5}],
    ),
    case(
        "remote fdb",
        RemoteEntry(HOME, "vx", "02:00:00:00:00:55", "203.0.113.2"),
        VXLAN,
        changed=[{"vtep": "203.0.113.3"}],
        orphan=RemoteEntry(HOME, "nosuch", "02:00:00:00:00:55", "203.0.113.2"),
    ),
    case("remote fdb ipv6", RemoteEntry(HOME, "vx", "02:00:00:00:00:55", "2001:db8::2"), VXLAN6),
    case("remote fdb of a flood", RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.2"), VXLAN),
    case(
        "remote fdb of a flood to several",
        RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.2"),
        VXLAN,
        RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.3"),
        RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.4"),
    ),
    case(
        "neighbour ipv4",
        Neighbour(HOME, "vx", "192.0.2.7", "02:00:00:00:00:55"),
        VXLAN,
        changed=[{"mac": "02:00:00:00:00:56"}],
        orphan=Neighbour(HOME, "nosuch", "192.0.2.7", "02:00:00:00:00:55"),
    ),
    case("neighbour ipv6", Neighbour(HOME, "nic0", "2001:db8::7", "02:00:00:00:00:55"), *NIC),
    case(
        "vlan",
        Vlan(HOME, "nic0.30", "nic0", 30),
        orphan=Vlan(HOME, "nosuch.30", "nosuch", 30),
        needs="vlan-links",
    ),
    case("vlan that comes up by itself", Vlan(HOME, "nic0.31", "nic0", 31, loose=False), needs="vlan-links"),
    case("up of a vlan", Up(HOME, "nic0.30"), Vlan(HOME, "nic0.30", "nic0", 30), needs="vlan-links"),
    case("nft table", TABLE),
    case(
        "nft chain",
        CHAIN,
        BRIDGE,
        TABLE,
        changed=[
            {"rules": ()},
            {"rules": ("drop", "counter accept")},
            {"hook": INGRESS.replace("accept", "drop"), "rules": ("accept",)},
        ],
        orphan=replace(CHAIN, device="nosuch", hook=INGRESS.replace("br0", "nosuch")),
    ),
    case("nft chain that others jump to", SHARED, TABLE, changed=[{"rules": ()}, {"rules": ("drop",)}]),
    case(
        "nft chain that jumps",
        replace(CHAIN, rules=("jump shared", "drop")),
        BRIDGE,
        TABLE,
        SHARED,
        changed=[{"rules": ("drop",)}, {"rules": ("ether type ip jump shared", "goto shared")}],
    ),
    case(
        "vlan filtering",
        VlanFiltering(HOME, "br0"),
        BRIDGE,
        changed=[{"own": ("1 pvid untagged",)}, {"own": ("1", "7 pvid", "20-4094 untagged")}],
        orphan=VlanFiltering(HOME, "nosuch"),
        needs="vlan-filtering",
    ),
    case("no arp", NoArp(HOME, "br0"), BRIDGE, orphan=NoArp(HOME, "nosuch")),
    case("ingress drop", IngressDrop(HOME, "br0"), BRIDGE, orphan=IngressDrop(HOME, "nosuch")),
    case("up", Up(HOME, "br0"), BRIDGE, orphan=Up(HOME, "nosuch")),
    case("address ipv4", Address(HOME, "br0", "192.0.2.1/24"), *UP, orphan=Address(HOME, "nosuch", "192.0.2.1/24")),
    case("address ipv6", Address(HOME, "br0", "2001:db8::1/64"), *UP, orphan=Address(HOME, "nosuch", "2001:db8::1/64")),
    case("address link-local", Address(HOME, "br0", "fe80::7/64", nodad=True), *UP),
    case("address ipv4 without route", Address(HOME, "br0", "192.0.2.1/24", noprefixroute=True), *UP),
    case("address ipv6 without route", Address(HOME, "br0", "2001:db8::1/64", noprefixroute=True, nodad=True), *UP),
    case(
        "route ipv4",
        Route(HOME, "203.0.113.0/24", "192.0.2.254", "br0"),
        *UP,
        Address(HOME, "br0", "192.0.2.1/24"),
        changed=[{"via": "192.0.2.253"}],
        orphan=Route(HOME, "203.0.113.0/24", "192.0.2.254", "nosuch"),
    ),
    case(
        "route ipv6",
        Route(HOME, "2001:db8:9::/48", "2001:db8::fe", "br0"),
        *UP,
        Address(HOME, "br0", "2001:db8::1/64", nodad=True),
        changed=[{"via": "2001:db8::fd"}],
        orphan=Route(HOME, "2001:db8:9::/48", "2001:db8::fe", "nosuch"),
    ),
    case("route default ipv4", Route(HOME, "0.0.0.0/0", "", "br0", 1000, 50), *UP),
    case("route default ipv6", Route(HOME, "::/0", "", "br0", 1000, 50), *UP),
    case(
        "route with a source to take",
        Route(HOME, "192.0.2.0/24", "", "br0", 1000, prefsrc="192.0.2.1"),
        *UP,
        Address(HOME, "br0", "192.0.2.1/24"),
        Address(HOME, "br0", "192.0.2.2/24"),
        changed=[{"prefsrc": "192.0.2.2"}, {"prefsrc": ""}],
    ),
    case(
        "route for a source", Route(HOME, "2001:db8::/64", "", "br0", 1000, source="::/128"), *UP, needs="ipv6-subtrees"
    ),
    case("route unreachable ipv4", Route(HOME, "0.0.0.0/0", table=1000, metric=4278198272, unreachable=True)),
    case("route unreachable ipv6", Route(HOME, "::/0", table=1000, metric=4278198272, unreachable=True)),
    case("rule ipv4", Rule(HOME, "ipv4", 100, "192.0.2.0/24", "198.51.100.1/32", "br0", "nic0", 7, 1000)),
    case("rule ipv6", Rule(HOME, "ipv6", 100, "2001:db8::/32", "2001:db8:1::1/128", "br0", "nic0", 7, 1000)),
    case("rule blackhole", Rule(HOME, "ipv4", 100, action="blackhole")),
    case("rule prohibit", Rule(HOME, "ipv6", 100, action="prohibit")),
    Case(
        "rule that comes first in an annex",
        lambda guest: Rule(f"{guest}@h", "ipv4", 0, iif="br0", action="blackhole"),
        lambda guest: (Namespace(f"{guest}@h"),),
    ),
    Case(
        "rule that comes first in an annex ipv6",
        lambda guest: Rule(f"{guest}@h", "ipv6", 0, iif="br0", action="blackhole"),
        lambda guest: (Namespace(f"{guest}@h"),),
    ),
    case("rule unreachable", Rule(HOME, "ipv6", 0, oif="br0", action="unreachable")),
]
SETTINGS = [
    (Mac(HOME, "nic0", "02:00:00:00:00:31"), Mac(HOME, "nic0", "02:00:00:00:00:32")),
    (Mtu(HOME, "nic0", 1400), Mtu(HOME, "nic0", 1300)),
    (
        Sysctl(HOME, "net/ipv6/conf/nic0/disable_ipv6", "1", "nic0"),
        Sysctl(HOME, "net/ipv6/conf/nic0/disable_ipv6", "0", "nic0"),
    ),
    (Sysctl(HOME, "net/ipv4/ip_forward", "1"), Sysctl(HOME, "net/ipv4/ip_forward", "0")),
]
MARKED = (Namespace, Bridge, Veth, Vxlan, Vlan, NftTable, Address, Route, Rule, Neighbour)
