"""Bridge ports, FDB entries, bridges that filter by VLAN, and bridges without ARP.

One frame's way: it comes in at a *port*; `locked` drops it unless its source MAC has an FDB entry at that very port;
`learning` would write that entry by itself; the bridge then looks the destination MAC up in the FDB and forwards to
the one port found, or floods. A *static* entry still moves to the port where its MAC is seen next; only `sticky`
holds it there (tried on 6.18; net/bridge/br_fdb.c br_fdb_update, br_input.c br_handle_frame_finish).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from netproof.state.links import WRONG_MAC, OnLink, within
from netproof.state.object import Key, link_key

if TYPE_CHECKING:
    from netproof.state.hoststate import HostState

BORN_IN = ("1 pvid untagged",)
"""The VLANs of every bridge and port when they are born: the one to which untagged frames belong."""


@dataclass(frozen=True, slots=True)
class Port(OnLink):
    """A link's membership of a bridge, with the port's flags (bridge(8) `link set`)."""

    KIND: ClassVar[str] = "port"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset(
        {"learning", "locked", "isolated"}
    )  # a port that moves loses its FDB

    bridge: str
    learning: bool = True
    locked: bool = False
    isolated: bool = False

    def needs(self) -> tuple[Key, ...]:
        """Both the link and the bridge."""
        return (link_key(self.netns, self.ifname), link_key(self.netns, self.bridge))

    def describe(self) -> str:
        """Name port, bridge and what is unusual of its flags."""
        flags = [] if self.learning else ["learning off"]
        flags += [w for w, on in (("locked", self.locked), ("isolated", self.isolated)) if on]
        return f"port {self.ifname} of {self.bridge}{within(self.netns)}" + (f"  {', '.join(flags)}" if flags else "")

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """Each flag the other way."""
        yield replace(self, learning=not self.learning)
        yield replace(self, locked=not self.locked)
        yield replace(self, isolated=not self.isolated)


@dataclass(frozen=True, slots=True)
class FdbEntry(OnLink):
    """A static FDB entry of a bridge port. Learned, local and extern-learned entries are no part of a state."""

    KIND: ClassVar[str] = "fdb"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"sticky"})

    mac: str
    sticky: bool = False

    @property
    def key(self) -> Key:
        """Identity: the MAC at the port."""
        return (self.KIND, self.netns, self.ifname, self.mac)

    def needs(self) -> tuple[Key, ...]:
        """The port must be a bridge's."""
        return (("port", self.netns, self.ifname),)

    def describe(self) -> str:
        """Name it as `bridge fdb` does."""
        return f"fdb {self.mac} dev {self.ifname}{within(self.netns)} static{' sticky' if self.sticky else ''}"

    def bends(self, among: HostState, /) -> Iterator[Self]:
        """Sticky the other way; another MAC; the MAC at each other port of the bridge."""
        yield replace(self, sticky=not self.sticky)
        yield replace(self, mac=WRONG_MAC)
        ports = {port.ifname: port.bridge for port in among.of(Port) if port.netns == self.netns}
        for ifname in sorted(ports.keys() - {self.ifname}):
            if ports[ifname] == ports.get(self.ifname):
                yield replace(self, ifname=ifname)


@dataclass(frozen=True, slots=True)
class VlanFiltering(OnLink):
    """A bridge that filters by VLAN: a frame goes only to ports in its VLAN, and to its host if the bridge is in it.

    `own` are the VLANs of the bridge device itself in bridge(8)'s words (`BORN_IN`, or ``2-9 untagged``), by their VID.
    Those of the ports are as they were born, and no part of a state. A bridge that does not filter has no such object.
    """

    KIND: ClassVar[str] = "vlan-filtering"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"own"})

    own: tuple[str, ...] = ()

    def describe(self) -> str:
        """Name the bridge and the VLANs it is in."""
        own = f"VLAN {', '.join(self.own)}" if self.own else "no VLAN"
        return f"bridge {self.ifname}{within(self.netns)} vlan_filtering 1, itself in {own}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """The bridge in the VLAN of its ports."""
        if self.own != BORN_IN:
            yield replace(self, own=BORN_IN)


@dataclass(frozen=True, slots=True)
class NoArp(OnLink):
    """A bridge whose host neither asks nor answers ARP or neighbour discovery on it (ip-link(8) ``arp off``)."""

    KIND: ClassVar[str] = "no-arp"

    def describe(self) -> str:
        """Name the bridge."""
        return f"bridge {self.ifname}{within(self.netns)} arp off"
