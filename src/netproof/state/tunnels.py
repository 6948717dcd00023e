"""VXLAN devices, and what is written on them: FDB entries and neighbours.

Two tables, easily taken for each other. An *FDB entry* answers "behind which VTEP is this MAC?" and stands on the VXLAN
device itself (``bridge fdb … self``), beside the bridge's own table, which only knows that the MAC is behind the VXLAN
port. A *neighbour* answers "which MAC has this IP address?"; a VXLAN device that proxies answers ARP and ND with it
instead of flooding the question.

One frame's way out: the bridge finds its destination at the VXLAN port; the device looks the MAC up in its FDB, or
takes the entries of the all-zero MAC (a flood list) or its group, and sends one UDP packet to each VTEP found there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from netproof.state.links import WRONG_MAC, OnLink, within
from netproof.state.namespace import namespace_key
from netproof.state.object import HOME, KernelObject, Key, is_hosts, link_key

if TYPE_CHECKING:
    from netproof.state.hoststate import HostState

ALL_ZERO = "00:00:00:00:00:00"
"""The MAC whose FDB entries are the flood list: BUM frames, and those to MACs that are not known."""

OVERHEAD = {"ipv4": 20 + 8 + 8 + 14, "ipv6": 40 + 8 + 8 + 14}
"""By how many bytes an inner packet is smaller than the outer (RFC 7348, section 5): IP, UDP, VXLAN, Ethernet."""


@dataclass(frozen=True, slots=True)
class Vxlan(KernelObject):
    """A VXLAN device (RFC 7348) with a fixed `mac`.

    `local` is the VTEP's address, `remote_group` the multicast group of the flood, over the link `underlay` (none
    without a group), with `ttl` hops (0: as the kernel likes). `learning` writes the FDB from what comes in. `proxy`
    answers ARP and ND from neighbours written on it. `df`: the underlay must not fragment. Checksums of an IPv6
    underlay are sent, and zero ones taken.
    """

    KIND: ClassVar[str] = "vxlan"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset(
        {"mac", "local", "learning", "remote_group", "underlay", "ttl", "df"}
    )

    ifname: str
    mac: str
    vni: int
    local: str
    udp_port: int = 4789
    learning: bool = False
    proxy: bool = False
    remote_group: str = ""
    underlay: str = ""
    ttl: int = 0
    df: bool = True

    @property
    def key(self) -> Key:
        """Identity: namespace and name, whatever the type."""
        return link_key(self.netns, self.ifname)

    def needs(self) -> tuple[Key, ...]:
        """The namespace it is in, and the link that its group is joined on."""
        inside = (namespace_key(self.netns),) if self.netns != HOME else ()
        return (*inside, *((link_key(self.outer_netns, self.underlay),) if self.underlay else ()))

    @property
    def outer_netns(self) -> str:
        """The namespace in which its UDP socket and its underlay are: a device in an annex sends from home."""
        return HOME if is_hosts(self.netns) else self.netns

    @property
    def overhead(self) -> int:
        """What it takes of a packet of the underlay, in bytes."""
        return OVERHEAD["ipv6" if ":" in self.local else "ipv4"]

    def changes_in_place(self, other: KernelObject) -> bool:
        """As every object, but for the family of its addresses."""
        same_family = isinstance(other, Vxlan) and (":" in self.local) == (":" in other.local)
        return same_family and super(Vxlan, self).changes_in_place(other)

    def describe(self) -> str:
        """Name it as `ip link` does."""
        group = f" group {self.remote_group} dev {self.underlay}" if self.remote_group else ""
        flags = "".join(f" {word}" for word, on in (("learning", self.learning), ("proxy", self.proxy)) if on)
        where = within(self.netns)
        return f"vxlan {self.ifname}{where}  id {self.vni} local {self.local} dstport {self.udp_port}{group}{flags}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """Another MAC, another VNI, learning and proxying the other way."""
        yield replace(self, mac=WRONG_MAC)
        yield replace(self, vni=self.vni ^ 1)
        yield replace(self, learning=not self.learning)
        yield replace(self, proxy=not self.proxy)


@dataclass(frozen=True, slots=True)
class RemoteEntry(OnLink):
    """An FDB entry of a VXLAN device: frames to `mac` go to the VTEP `vtep`.

    A MAC is behind one VTEP; the all-zero MAC and group MACs may have an entry for each of several.
    """

    KIND: ClassVar[str] = "remote-fdb"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"vtep"})

    mac: str
    vtep: str

    @property
    def key(self) -> Key:
        """Identity: the MAC at the device; with the VTEP where others may share the MAC."""
        return (self.KIND, self.netns, self.ifname, self.mac, self.vtep if self.shares_its_mac else "")

    @property
    def is_flooding(self) -> bool:
        """Whether it is one of the flood list."""
        return self.mac == ALL_ZERO

    @property
    def shares_its_mac(self) -> bool:
        """Whether the kernel takes another VTEP for the same MAC."""
        return self.mac == ALL_ZERO or self.mac[1] in "13579bdf"

    def describe(self) -> str:
        """Name it as `bridge fdb` does."""
        return f"fdb {self.mac} dev {self.ifname}{within(self.netns)} dst {self.vtep} self permanent"

    def bends(self, among: HostState, /) -> Iterator[Self]:
        """The MAC behind each other VTEP of the device."""
        vteps = {e.vtep for e in among.of(RemoteEntry) if (e.netns, e.ifname) == (self.netns, self.ifname)}
        for bent in (replace(self, vtep=vtep) for vtep in sorted(vteps - {self.vtep})):
            if not self.shares_its_mac or bent.key not in among:
                yield bent


@dataclass(frozen=True, slots=True)
class Neighbour(OnLink):
    """A permanent neighbour entry: `address` is at `mac` (ip-neighbour(8))."""

    KIND: ClassVar[str] = "neighbour"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"mac"})

    address: str
    mac: str

    @property
    def key(self) -> Key:
        """Identity: the address at the link."""
        return (self.KIND, self.netns, self.ifname, self.address)

    def describe(self) -> str:
        """Name it as `ip neighbour` does."""
        return f"neighbour {self.address} lladdr {self.mac} dev {self.ifname}{within(self.netns)} permanent"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """Another MAC."""
        yield replace(self, mac=WRONG_MAC)
