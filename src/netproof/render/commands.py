"""Kernel objects as commands of iproute2, bridge, tc and sysctl: for each kind, what an administrator would type."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from netproof.state.bridging import BORN_IN, FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop
from netproof.state.layer3 import MAIN_TABLE, Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import Neighbour, RemoteEntry, Vxlan

Words = tuple[object, ...]
_DROP_ALL = "1,6 0 0 2"
"""Classic BPF of one instruction: return 2, TC_ACT_SHOT."""


def _line(tool: str, thing: KernelObject, *words: object) -> str:
    """Return a command of a tool that takes ``-n NAMESPACE``."""
    inside = ("-n", thing.netns) if thing.netns != HOME else ()
    return shlex.join(map(str, (tool, *inside, *words)))


def _namespace(thing: Namespace) -> Iterator[str]:
    name = shlex.quote(thing.netns)
    yield f"[ -e /run/netns/{name} ] || ip netns add {name}"


def _link(thing: Link) -> Iterator[str]:
    yield _line("ip", thing, "link", "show", "dev", thing.ifname)


def _bridge(thing: Bridge) -> Iterator[str]:
    words: Words = ("mcast_snooping", int(thing.mcast_snooping))
    words += ("stp_state", 1) if thing.stp else ()
    words += ("group_fwd_mask", thing.group_fwd_mask) if thing.group_fwd_mask else ()
    words += ("nf_call_iptables", 1, "nf_call_ip6tables", 1) if thing.nf_call else ()
    yield _line("ip", thing, "link", "add", "name", thing.ifname, "address", thing.mac, "type", "bridge", *words)


def _veth(thing: Veth) -> Iterator[str]:
    peer: Words = ("peer", "name", thing.peer_ifname)
    peer += ("netns", thing.peer_netns) if thing.peer_netns != thing.netns else ()
    yield _line("ip", thing, "link", "add", "name", thing.ifname, "address", thing.mac, "type", "veth", *peer)


def _vxlan(thing: Vxlan) -> Iterator[str]:
    words: Words = ("id", thing.vni, "local", thing.local, "dstport", thing.udp_port)
    words += ("group", thing.remote_group, "dev", thing.underlay) if thing.remote_group else ()
    words += ("ttl", thing.ttl) if thing.ttl else ()
    words += ("learning" if thing.learning else "nolearning",)
    words += ("proxy",) if thing.proxy else ()
    words += ("df", "set") if thing.df else ()
    words += ("udp6zerocsumrx",)
    name: Words = ("name", thing.ifname)
    name += ("netns", thing.netns) if thing.netns != thing.outer_netns else ()
    outside = replace(thing, netns=thing.outer_netns)
    yield _line("ip", outside, "link", "add", *name, "address", thing.mac, "type", "vxlan", *words)


def _vlan(thing: Vlan) -> Iterator[str]:
    where = ("link", thing.lower, "name", thing.ifname)
    binding = ("loose_binding", "on") if thing.loose else ()
    yield _line("ip", thing, "link", "add", *where, "type", "vlan", "id", thing.vid, *binding)


def _mac(thing: Mac) -> Iterator[str]:
    yield _line("ip", thing, "link", "set", "dev", thing.ifname, "address", thing.mac)


def _mtu(thing: Mtu) -> Iterator[str]:
    yield _line("ip", thing, "link", "set", "dev", thing.ifname, "mtu", thing.mtu)


def _sysctl(thing: Sysctl) -> Iterator[str]:
    inside = ("ip", "netns", "exec", thing.netns) if thing.netns != HOME else ()
    name = thing.name if "." in thing.name else thing.name.replace("/", ".")
    yield shlex.join((*inside, "sysctl", "-qw", f"{name}={thing.value}"))


def _port(thing: Port) -> Iterator[str]:
    yield _line("ip", thing, "link", "set", "dev", thing.ifname, "master", thing.bridge)
    flags: Words = () if thing.learning else ("learning", "off")
    flags += ("locked", "on") if thing.locked else ()
    flags += ("isolated", "on") if thing.isolated else ()
    if flags:
        yield _line("bridge", thing, "link", "set", "dev", thing.ifname, *flags)


def _fdb(thing: FdbEntry) -> Iterator[str]:
    sticky = ("sticky",) if thing.sticky else ()
    yield _line("bridge", thing, "fdb", "add", thing.mac, "dev", thing.ifname, "master", "static", *sticky)


def _remote(thing: RemoteEntry) -> Iterator[str]:
    verb = "append" if thing.shares_its_mac else "add"
    where = ("dev", thing.ifname, "dst", thing.vtep, "self", "permanent")
    yield _line("bridge", thing, "fdb", verb, thing.mac, *where)


def _neighbour(thing: Neighbour) -> Iterator[str]:
    at = ("lladdr", thing.mac, "dev", thing.ifname, "nud", "permanent")
    yield _line("ip", thing, "neighbour", "add", thing.address, *at)


def _ingress_drop(thing: IngressDrop) -> Iterator[str]:
    first = ("filter", "add", "dev", thing.ifname, "ingress", "pref", 1, "protocol", "all", "handle", 1)
    yield _line("tc", thing, "qdisc", "add", "dev", thing.ifname, "clsact")
    yield _line("tc", thing, *first, "matchall", "action", "drop") + " 2>/dev/null ||  # else a kernel without gact"
    yield "\t" + _line("tc", thing, *first, "bpf", "direct-action", "bytecode", _DROP_ALL)


def _vlan_filtering(thing: VlanFiltering) -> Iterator[str]:
    yield _line("ip", thing, "link", "set", "dev", thing.ifname, "type", "bridge", "vlan_filtering", 1)
    if BORN_IN[0] not in thing.own:
        yield _line("bridge", thing, "vlan", "del", "vid", 1, "dev", thing.ifname, "self")
    for vlan in thing.own:
        if vlan not in BORN_IN:
            yield _line("bridge", thing, "vlan", "add", "vid", *vlan.split(), "dev", thing.ifname, "self")


def _no_arp(thing: NoArp) -> Iterator[str]:
    yield _line("ip", thing, "link", "set", "dev", thing.ifname, "arp", "off")


def _up(thing: Up) -> Iterator[str]:
    yield _line("ip", thing, "link", "set", "dev", thing.ifname, "up")


def _address(thing: Address) -> Iterator[str]:
    flags: Words = ("nodad",) if thing.nodad and ":" in thing.address else ()
    flags += ("noprefixroute",) if thing.noprefixroute else ()
    yield _line("ip", thing, "address", "add", thing.address, "dev", thing.ifname, *flags)


def _route(thing: Route) -> Iterator[str]:
    is_ipv6 = ":" in thing.destination
    words: Words = ("unreachable",) if thing.unreachable else ()
    words += ("default" if thing.destination in ("0.0.0.0/0", "::/0") else thing.destination,)
    words += ("from", thing.source) if thing.source else ()
    if thing.via:
        words += ("via", thing.via) if is_ipv6 or ":" not in thing.via else ("via", "inet6", thing.via)
    words += ("dev", thing.ifname) if thing.ifname else ()
    words += ("src", thing.prefsrc) if thing.prefsrc else ()
    words += ("table", thing.table) if thing.table != MAIN_TABLE else ()
    words += ("metric", thing.metric) if thing.metric else ()
    yield _line("ip", thing, *(("-6",) if is_ipv6 else ()), "route", "add", *words)


def _rule(thing: Rule) -> Iterator[str]:
    words: Words = ("from", thing.source or "all")
    words += ("to", thing.destination) if thing.destination else ()
    words += ("iif", thing.iif) if thing.iif else ()
    words += ("oif", thing.oif) if thing.oif else ()
    words += ("fwmark", f"{thing.fwmark:#x}") if thing.fwmark else ()
    words += ("lookup", thing.table) if thing.action == "lookup" else (thing.action,)
    family = ("-6",) if thing.family == "ipv6" else ()
    yield _line("ip", thing, *family, "rule", "add", "priority", thing.priority, *words)
    if thing.is_first:
        yield _line("ip", thing, *family, "rule", "add", "priority", 1, "lookup", "local")
        yield _line("ip", thing, *family, "rule", "del", "priority", 0, "lookup", "local")


COMMANDS: dict[type[KernelObject], Callable[[Any], Iterator[str]]] = {
    Namespace: _namespace,
    Link: _link,
    Bridge: _bridge,
    Veth: _veth,
    Vxlan: _vxlan,
    Vlan: _vlan,
    Mac: _mac,
    Mtu: _mtu,
    Sysctl: _sysctl,
    Port: _port,
    FdbEntry: _fdb,
    RemoteEntry: _remote,
    Neighbour: _neighbour,
    VlanFiltering: _vlan_filtering,
    NoArp: _no_arp,
    IngressDrop: _ingress_drop,
    Up: _up,
    Address: _address,
    Route: _route,
    Rule: _rule,
}
"""Every kind but what `nft` loads (`render.tables`)."""
