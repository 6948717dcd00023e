"""What a host is, as far as an audit looks at it: plain facts, gathered in one go, of no site and of nobody's making.

`HostState` knows the kinds of objects that netproof makes, and nothing else; facts know whatever may be a trap.
Names are those of the programs that tell them: ip-link(8), bridge(8), nft(8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from netproof.state.inhabitants import Clock, Daemon, Guest, ListeningSocket
from netproof.values.address import Address, Family, Interface, Network

MAIN = "main"
"""The routing table that a rule for all looks into last."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link. `data` is what its kind has, `port` what it has as a port of `master`, both in the words of `ip -d -j`.

    `lower` is the link beneath it, or the other end of a veth, in this namespace; `lower_netns` the kernel's number of
    the namespace in which that is, where it is another one. `promiscuity` counts who asked for frames to anybody.
    """

    index: int
    ifname: str
    kind: str = ""
    flags: frozenset[str] = frozenset()
    mtu: int = 0
    mac: str = ""
    master: str = ""
    lower: str = ""
    lower_index: int = 0
    lower_netns: int | None = None
    promiscuity: int = 0
    alias: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    port: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_up(self) -> bool:
        """Whether an administrator set it up."""
        return "UP" in self.flags


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """An address with its prefix on a link."""

    ifname: str
    interface: Interface


@dataclass(frozen=True, slots=True)
class Route:
    """A route, of a table. `hops` are its ways, each a next hop (None: on the link) and an ifname ("": none)."""

    family: Family
    table: str
    type: str
    to: Network
    hops: tuple[tuple[Address | None, str], ...] = ()
    source: Address | None = None
    metric: int = 0
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """A routing rule. `others` are its further selectors and settings, in the words of `ip -j rule`.

    `table` is "" where the rule decides by itself, by `action`.
    """

    family: Family
    priority: int
    table: str
    action: str
    source: Network | None = None
    to: Network | None = None
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FdbEntry:
    """An FDB entry: of a bridge, named as `master`, or (flag ``self``) of the device itself, a VXLAN's with `dst`."""

    mac: str
    ifname: str
    state: str
    flags: frozenset[str] = frozenset()
    master: str = ""
    vlan: int | None = None
    dst: Address | None = None


@dataclass(frozen=True, slots=True)
class NftRule:
    """A rule: its statements in nft's JSON (libnftables-json(5)), in order."""

    handle: int
    statements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class NftChain:
    """A chain with its rules; `hook` is "" and `priority` 0 where it is only jumped to. `devices`: of family netdev."""

    family: str
    table: str
    name: str
    rules: tuple[NftRule, ...] = ()
    type: str = ""
    hook: str = ""
    priority: int = 0
    policy: str = "accept"
    devices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NftRuleset:
    """All chains, and the elements of all sets and maps, in nft's JSON, by (family, table, name)."""

    chains: tuple[NftChain, ...] = ()
    sets: Mapping[tuple[str, str, str], tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """A host, or a network namespace, at one moment.

    `vlans` is by ifname, a bridge's own name for what the bridge itself is in, each with whether it leaves untagged.
    `tc_drops` names the links at whose ingress tc drops everything first. `legacy` names the tables of
    iptables-legacy, as ``iptables filter``, that have rules or refuse by policy. `sysctls` is by path below
    /proc/sys. `set_macs` names the links whose MAC somebody set, `guests` is by the kernel's number, as a link's
    `lower_netns`. `lacking` tells, by the name of a field, why it could not be gathered; it is empty then.
    """

    links: tuple[Link, ...] = ()
    addresses: tuple[LinkAddress, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[RoutingRule, ...] = ()
    fdb: tuple[FdbEntry, ...] = ()
    vlans: Mapping[str, Mapping[int, bool]] = field(default_factory=dict)
    tc_drops: frozenset[str] = frozenset()
    nft: NftRuleset = NftRuleset()
    legacy: frozenset[str] = frozenset()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    set_macs: frozenset[str] = frozenset()
    sockets: tuple[ListeningSocket, ...] = ()
    daemons: tuple[Daemon, ...] = ()
    guests: Mapping[int, Guest] = field(default_factory=dict)
    clock: Clock | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)

    def link(self, ifname: str) -> Link | None:
        """Return the link of this name, if there is one."""
        return self._by_name.get(ifname)

    @cached_property
    def _by_name(self) -> Mapping[str, Link]:
        return {link.ifname: link for link in self.links}

    def of_kind(self, kind: str) -> tuple[Link, ...]:
        """Return the links of a kind, as ip-link(8) names it."""
        return tuple(link for link in self.links if link.kind == kind)

    def ports(self, bridge: str) -> tuple[Link, ...]:
        """Return the ports of a bridge."""
        return tuple(self._ports_of.get(bridge, ()))

    @cached_property
    def _ports_of(self) -> Mapping[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for link in self.links:
            found.setdefault(link.master, []).append(link)
        return found

    def lasting(self, ifname: str, family: Family | None = None) -> tuple[LinkAddress, ...]:
        """Return the addresses that somebody gave a link: all but link-locals and loopback's own."""
        borne = self._lasting_of.get(ifname, ())
        return tuple(a for a in borne if family in (None, f"ipv{a.interface.version}"))

    @cached_property
    def _lasting_of(self) -> Mapping[str, list[LinkAddress]]:
        found: dict[str, list[LinkAddress]] = {}
        for address in self.addresses:
            if not (address.interface.is_link_local or address.interface.is_loopback):
                found.setdefault(address.ifname, []).append(address)
        return found

    def sysctl(self, path: str) -> int:
        """Return a setting that is a number; 0 where there is none."""
        return int(self.sysctls.get(path, "0"))

    def strongest(self, ifname: str, key: str) -> int:
        """Return an IPv4 setting of a link of which the kernel takes the larger of the link's and that of ``all``."""
        return max(self.sysctl(f"net/ipv4/conf/{name}/{key}") for name in (ifname, "all"))
