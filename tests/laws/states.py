"""Desired states as plain values: a bridge with an uplink, guests with guards, a NIC with addresses and routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_interface

from netproof.routing.isolated import IsolatedContext, doors, isolated
from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import ALL_ZERO, Neighbour, RemoteEntry, Vxlan

SITE = "demo"
TABLE = "netproof-demo"
FOREIGN: tuple[KernelObject, ...] = (
    Link(HOME, "eth1", "veth"),
    Link(HOME, "eth2", "veth"),
    Up(HOME, "eth1"),
    Address(HOME, "eth1", "192.168.14.9/24"),
    Address(HOME, "eth1", "192.0.2.1/24"),
    Route(HOME, "10.9.0.0/16", "192.0.2.254", "eth1"),
    Rule(HOME, "ipv4", 99, source="10.1.1.0/24", table=9),
)
"""What is there before us, and must be there after us."""


@dataclass(frozen=True)
class Guest:
    name: str
    mac: str = "02:00:00:00:00:0a"
    address: str = "198.51.100.11/24"
    gateway: str = "198.51.100.254"
    guarded: bool = True
    tags: bool = False
    bridge: str = "br1"
    netns: str = ""

    def objects(self) -> Iterator[KernelObject]:
        port, netns = f"p-{self.name}", self.netns or f"demo.{self.name}"
        yield Namespace(netns)
        yield Veth(HOME, port, f"02:00:00:00:01:0{self.name[-1]}", netns)
        yield Mac(netns, "eth0", self.mac)
        yield Up(netns, "lo")
        yield Up(netns, "eth0")
        yield Address(netns, "eth0", self.address)
        yield Route(netns, "0.0.0.0/0", self.gateway, "eth0")
        yield Sysctl(HOME, f"net/ipv6/conf/{port}/disable_ipv6", "1", port)
        yield Port(HOME, port, self.bridge, learning=False, locked=self.guarded)
        yield FdbEntry(HOME, port, self.mac, sticky=True)
        if self.guarded:
            # named so that the alphabet does not happen to give the order in which they can be made
            shared = NftChain(
                HOME, "netdev", TABLE, "shared-but-tags" if self.tags else "shared", "", ("ether type 8021ad drop",)
            )
            hook = f'type filter hook ingress device "{port}" priority filter; policy accept;'
            rules = (f"jump {shared.name}", f"ether saddr != {self.mac} drop")
            yield shared
            yield NftChain(HOME, "netdev", TABLE, f"guard-{self.name}", hook, rules, port)
        yield Up(HOME, port)


@dataclass(frozen=True)
class Tunnel:
    vteps: tuple[str, ...] = ("192.168.14.2", "192.168.14.3")
    far: tuple[tuple[str, str], ...] = (("02:00:00:00:00:0d", "192.168.14.2"), ("02:00:00:00:00:0e", "192.168.14.3"))
    ifname: str = "vx1"
    vni: int = 100
    learning: bool = False
    proxy: bool = False
    group: str = ""

    def objects(self, bridge: str, underlay: str) -> Iterator[KernelObject]:
        device = Vxlan(HOME, self.ifname, "02:00:00:00:02:01", self.vni, "192.168.14.1", learning=self.learning)
        over = underlay if self.group else ""
        yield replace(device, proxy=self.proxy, remote_group=self.group, underlay=over, ttl=5 if self.group else 0)
        yield Mtu(HOME, self.ifname, 1450)
        yield Sysctl(HOME, f"net/ipv6/conf/{self.ifname}/disable_ipv6", "1", self.ifname)
        yield Port(HOME, self.ifname, bridge, learning=not self.proxy)
        yield Up(HOME, self.ifname)
        if not self.proxy and not self.group:
            yield from (RemoteEntry(HOME, self.ifname, ALL_ZERO, vtep) for vtep in self.vteps)
        if not self.learning:
            yield from (RemoteEntry(HOME, self.ifname, mac, vtep) for mac, vtep in self.far)
        if self.proxy:
            yield from (Neighbour(HOME, self.ifname, f"198.51.100.{i}", mac) for i, (mac, _) in enumerate(self.far, 20))


@dataclass(frozen=True)
class Host:
    guests: tuple[Guest, ...] = ()
    bridges: tuple[str, ...] = ("br1",)
    isolation: frozenset[str] = frozenset({"ingress", "tc-ingress"})
    uplink: str = "eth2"
    vids: tuple[int, ...] = ()
    nic_addresses: tuple[str, ...] = ("192.168.14.1/24", "2001:db8::1/64")
    nic: str = "eth1"
    mtu: int = 0
    via: str = "192.168.14.254"
    forward: bool = False
    tunnel: Tunnel | None = None
    table: int = 0
    annex: str = ""

    def state(self) -> HostState:
        segment = (*self._bridges(), *(o for g in self.guests for o in g.objects()))
        placed = (replace(o, netns=self.annex) if o.netns == HOME else o for o in segment)
        return HostState([*self._nics(), *self._annex(), *placed])

    def _annex(self) -> Iterator[KernelObject]:
        if self.annex:
            yield Namespace(self.annex)
            yield Up(self.annex, "lo")

    def _nics(self) -> Iterator[KernelObject]:
        yield Up(HOME, self.nic)
        if self.table:
            yield from self._isolated()
            return
        yield from (Address(HOME, self.nic, a) for a in self.nic_addresses)
        if self.mtu:
            yield Mtu(HOME, self.nic, self.mtu)
        if self.via:
            yield Route(HOME, "0.0.0.0/0", self.via, self.nic)
        if self.forward:
            yield Sysctl(HOME, "net/ipv4/ip_forward", "1")
            yield Rule(HOME, "ipv4", 100, source="10.0.0.0/8", table=7)

    def _isolated(self) -> Iterator[KernelObject]:
        addresses = tuple(map(ip_interface, self.nic_addresses))
        nic = IsolatedContext(self.nic, addresses, (ip_address(self.via),), self.table, 6000 + self.table)
        yield from isolated(nic)
        yield NftTable(HOME, "inet", TABLE)
        yield from doors(SITE, [nic])

    def _bridges(self) -> Iterator[KernelObject]:
        guarded = any(g.guarded for g in self.guests)
        if guarded or (self.bridges and "ingress" in self.isolation):
            yield NftTable(HOME, "netdev", TABLE)
        for br in self.bridges:
            yield Bridge(HOME, br, "02:00:00:00:00:01")
            yield Up(HOME, br)
            if "ingress" in self.isolation:
                hook = f'type filter hook ingress device "{br}" priority filter; policy drop;'
                yield NftChain(HOME, "netdev", TABLE, f"isolation-{br}", hook, (), br)
            if "vlan-filtering" in self.isolation:
                yield VlanFiltering(HOME, br)
            if "no-arp" in self.isolation:
                yield NoArp(HOME, br)
            if "tc-ingress" in self.isolation:
                yield IngressDrop(HOME, br)
            if "rule-blackhole" in self.isolation and self.annex:
                yield from (Rule(HOME, family, 0, iif=br, action="blackhole") for family in ("ipv4", "ipv6"))
            if "disable-ipv6" in self.isolation:
                yield Sysctl(HOME, f"net/ipv6/conf/{br}/disable_ipv6", "1", br)
        if self.bridges and self.uplink and not self.annex:
            yield Sysctl(HOME, f"net/ipv6/conf/{self.uplink}/disable_ipv6", "1", self.uplink)
            yield Up(HOME, self.uplink)
            yield from self._vlans() if self.vids else (Port(HOME, self.uplink, self.bridges[0]),)
        if self.tunnel:
            yield from self.tunnel.objects(self.bridges[0], self.nic)

    def _vlans(self) -> Iterator[KernelObject]:
        yield Mtu(HOME, self.uplink, 9000)
        for vid, bridge in zip(self.vids, self.bridges, strict=False):
            ifname = f"a.{vid}"
            yield Vlan(HOME, ifname, self.uplink, vid)
            yield Mtu(HOME, ifname, 9000, lower=self.uplink)
            yield Sysctl(HOME, f"net/ipv6/conf/{ifname}/disable_ipv6", "1", ifname)
            yield Port(HOME, ifname, bridge)
            yield Up(HOME, ifname)


def named(prefix: str) -> dict[str, HostState]:
    """Return the named states; their guests' namespaces begin with `prefix`."""
    vm1 = Guest("vm1", netns=f"{prefix}.vm1")
    vm2 = Guest("vm2", "02:00:00:00:00:0b", "198.51.100.12/24", netns=f"{prefix}.vm2")
    return {
        "nothing": HostState(),
        "a NIC alone": Host(bridges=()).state(),
        "an empty bridge": Host().state(),
        "an open bridge": Host(guests=(vm1, vm2), isolation=frozenset()).state(),
        "two guests": Host(guests=(vm1, vm2)).state(),
        "one guest, other methods": Host(guests=(vm1,), isolation=frozenset({"disable-ipv6", "tc-ingress"})).state(),
        "a guest without guard": Host(guests=(replace(vm1, guarded=False), vm2)).state(),
        "a guest that may tag": Host(guests=(replace(vm1, tags=True), vm2)).state(),
        "guests that may tag": Host(guests=(replace(vm1, tags=True), replace(vm2, tags=True))).state(),
        "MACs swapped": Host(guests=(replace(vm1, mac=vm2.mac), replace(vm2, mac=vm1.mac))).state(),
        "a guest on another bridge": Host(guests=(replace(vm1, bridge="br2"), vm2), bridges=("br1", "br2")).state(),
        "a guest in another namespace": Host(guests=(replace(vm1, netns=f"{prefix}.other"),)).state(),
        "guests of an annex": Host(guests=(vm1, vm2), annex=f"{prefix}.br1@hv1").state(),
        "a guest of an annex, other methods": Host(
            guests=(vm2,), annex=f"{prefix}.br1@hv1", isolation=frozenset({"disable-ipv6", "rule-blackhole"})
        ).state(),
        "a stretched annex": Host(guests=(vm1,), tunnel=Tunnel(), annex=f"{prefix}.br1@hv1").state(),
        "an annex stretched by a group": Host(
            guests=(vm1,), tunnel=Tunnel(learning=True, group="239.1.1.1"), annex=f"{prefix}.br1@hv1"
        ).state(),
        "no uplink": Host(guests=(vm1,), uplink="").state(),
        "the uplink as a NIC": Host(
            guests=(vm1,), uplink="", nic="eth2", nic_addresses=("2001:db8::1/64",), via=""
        ).state(),
        "addresses moved": Host(nic="eth2", uplink="", guests=(vm1,)).state(),
        "another prefix length": Host(
            nic_addresses=("192.168.14.1/25", "2001:db8::1/56"), via="192.168.14.126"
        ).state(),
        "an isolated NIC": Host(bridges=(), nic="eth2", table=22).state(),
        "an isolated NIC with another table and address": Host(
            bridges=(), nic="eth2", table=40, nic_addresses=("192.168.14.2/24", "2001:db8::1/64")
        ).state(),
        "a stretched bridge": Host(guests=(vm1,), tunnel=Tunnel()).state(),
        "a bridge stretched by learning": Host(guests=(vm1,), tunnel=Tunnel(learning=True)).state(),
        "a bridge stretched by a group": Host(guests=(vm1,), tunnel=Tunnel(learning=True, group="239.1.1.1")).state(),
        "a stretched bridge that answers itself": Host(guests=(vm1,), tunnel=Tunnel(proxy=True)).state(),
        "another VNI, another VTEP": Host(
            tunnel=Tunnel(vni=200, vteps=("192.168.14.3",), far=(("02:00:00:00:00:0d", "192.168.14.3"),))
        ).state(),
        "the VNI under another name": Host(guests=(vm1,), tunnel=Tunnel(ifname="vx2", far=())).state(),
        "a neighbour of the address": Host(nic_addresses=("192.168.14.2/24",), mtu=1400, forward=True).state(),
    }


VM1 = Guest("vm1")
VM2 = Guest("vm2", "02:00:00:00:00:0b", "198.51.100.12/24")
NAMED = named("demo")
