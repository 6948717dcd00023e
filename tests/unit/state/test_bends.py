"""Which wrong variants each kind of object has: what the generated mutants are made of."""

from __future__ import annotations

from dataclasses import fields

import pytest

from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.hoststate import HostState
from netproof.state.kinds import KINDS
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import WRONG_MAC, Bridge, Link, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import ALL_ZERO, Neighbour, RemoteEntry, Vxlan

MAC = "02:00:00:00:00:01"


def ingress(device: str, policy: str) -> str:
    return f'type filter hook ingress device "{device}" priority filter; policy {policy};'


AT_P2 = NftChain(HOME, "netdev", "t", "other", ingress("p2", "drop"), device="p2")
FLOOD = [RemoteEntry(HOME, "v", ALL_ZERO, vtep) for vtep in ("203.0.113.2", "203.0.113.3")]
AMONG = HostState([Port(HOME, "p1", "b"), Port(HOME, "p2", "b"), Port(HOME, "p3", "another"), AT_P2, *FLOOD])

BENDS: list[tuple[KernelObject, list[dict[str, object]]]] = [
    (Namespace("n"), []),
    (Link(HOME, "eth0"), []),
    (
        Bridge(HOME, "b", MAC),
        [{"mac": WRONG_MAC}, {"mcast_snooping": True}, {"stp": True}, {"group_fwd_mask": 0xFFF8}],
    ),
    (Veth(HOME, "p1", MAC, "n"), [{"mac": WRONG_MAC}]),
    (
        Vxlan(HOME, "v", MAC, 100, "203.0.113.1"),
        [{"mac": WRONG_MAC}, {"vni": 101}, {"learning": True}, {"proxy": True}],
    ),
    (Vlan(HOME, "eth0.30", "eth0", 30), [{"vid": 31}]),
    (Vlan(HOME, "eth0.4094", "eth0", 4094), [{"vid": 1}]),
    (RemoteEntry(HOME, "v", MAC, "203.0.113.2"), [{"vtep": "203.0.113.3"}]),
    (RemoteEntry(HOME, "v", ALL_ZERO, "203.0.113.2"), []),
    (Neighbour(HOME, "v", "192.0.2.1", MAC), [{"mac": WRONG_MAC}]),
    (Mac(HOME, "eth0", MAC), [{"mac": WRONG_MAC}]),
    (Mtu(HOME, "eth0", 1500), [{"mtu": 1499}]),
    (Sysctl(HOME, "net/ipv4/ip_forward", "1"), [{"value": "0"}]),
    (Sysctl(HOME, "net/ipv4/ip_default_ttl", "64"), []),
    (Port(HOME, "p1", "b", learning=False), [{"learning": True}, {"locked": True}, {"isolated": True}]),
    (FdbEntry(HOME, "p1", MAC, sticky=True), [{"sticky": False}, {"mac": WRONG_MAC}, {"ifname": "p2"}]),
    (NftTable(HOME, "inet", "t"), []),
    (
        NftChain(HOME, "netdev", "t", "c", ingress("p1", "accept"), ("one", "two", "three"), "p1"),
        [
            {"rules": ("two", "three")},
            {"rules": ("one", "three")},
            {"rules": ("one", "two")},
            {"hook": ingress("p1", "drop")},
            {"hook": ingress("p2", "accept"), "device": "p2"},
        ],
    ),
    (
        NftChain(HOME, "inet", "t", "c", "type filter hook forward priority filter; policy drop;"),
        [
            {"hook": "type filter hook forward priority filter; policy accept;"},
            {"hook": "type filter hook output priority filter; policy drop;"},
        ],
    ),
    (NftChain(HOME, "netdev", "t", "c", "", ("one", "two")), [{"rules": ("two",)}, {"rules": ("one",)}, {"rules": ()}]),
    (VlanFiltering(HOME, "b"), [{"own": ("1 pvid untagged",)}]),
    (NoArp(HOME, "b"), []),
    (IngressDrop(HOME, "b"), []),
    (Up(HOME, "b"), []),
    (Address(HOME, "eth0", "192.0.2.1/24"), [{"address": "192.0.2.2/24"}, {"address": "192.0.2.1/32"}]),
    (Address(HOME, "eth0", "2001:db8::1/64"), [{"address": "2001:db8::2/64"}, {"address": "2001:db8::1/128"}]),
    (Route(HOME, "0.0.0.0/0", "192.0.2.9", "eth0"), [{"via": "192.0.2.8"}]),
    (Route(HOME, "192.0.2.0/24", ifname="eth0"), []),
    (Rule(HOME, "ipv4", 100, table=22), []),
]


def difference(thing: KernelObject, bend: KernelObject) -> dict[str, object]:
    return {f.name: getattr(bend, f.name) for f in fields(bend) if getattr(bend, f.name) != getattr(thing, f.name)}


@pytest.mark.parametrize(
    ("thing", "expected"), BENDS, ids=lambda given: given.describe() if hasattr(given, "describe") else ""
)
def test_object_has_exactly_these_bends(thing: KernelObject, expected: list[dict[str, object]]) -> None:
    """Each differs from the object in what is named, and in nothing else."""
    assert [difference(thing, bend) for bend in thing.bends(AMONG)] == expected


def test_every_kind_is_listed() -> None:
    """A new kind says here how it may be wrong, or that it cannot be."""
    assert {type(thing) for thing, _ in BENDS} == set(KINDS)
