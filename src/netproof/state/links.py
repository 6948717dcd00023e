"""Links, and the settings that lie on a link of any type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

from netproof.state.namespace import namespace_key
from netproof.state.object import HOME, KernelObject, Key, link_key

if TYPE_CHECKING:
    from netproof.state.hoststate import HostState

WRONG_MAC = "02:00:00:00:be:7d"
"""Nobody's: what the MAC of an object is bent to."""


ALL_FORWARDABLE_GROUPS = 0xFFF8
"""The `group_fwd_mask` of a bridge that forwards frames to every link-local group that it can be told to."""


def within(netns: str) -> str:
    """Return the suffix that tells a person in which namespace an object is; empty at home."""
    return f" in netns {netns}" if netns != HOME else ""


@dataclass(frozen=True, slots=True)
class Link(KernelObject):
    """A link of a type that we never create: read so that a foreign one of our name is a conflict."""

    KIND: ClassVar[str] = "link"

    ifname: str
    link_type: str = field(default="")

    @property
    def key(self) -> Key:
        """Identity: namespace and name, whatever the type."""
        return link_key(self.netns, self.ifname)

    def needs(self) -> tuple[Key, ...]:
        """A link needs the named namespace it is in."""
        return (namespace_key(self.netns),) if self.netns != HOME else ()

    @property
    def parent(self) -> Key | None:
        """A link in a named namespace goes with it."""
        return namespace_key(self.netns) if self.netns != HOME else None

    def describe(self) -> str:
        """Name type and link."""
        return f"{self.link_type or 'link'} {self.ifname}{within(self.netns)}"


@dataclass(frozen=True, slots=True)
class Bridge(KernelObject):
    """A bridge with a fixed `mac`: one without takes the lowest MAC of its ports, and changes it (6.18).

    `group_fwd_mask` has a bit for each of the link-local groups 01:80:c2:00:00:00 to 0f whose frames are forwarded
    as any multicast is, instead of being the port's own; the kernel refuses the lowest three. `nf_call`: what it
    bridges passes the hooks of families ip and ip6 too (``nf_call_iptables``, ``nf_call_ip6tables``).
    """

    KIND: ClassVar[str] = "bridge"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"mac", "mcast_snooping", "stp", "group_fwd_mask", "nf_call"})

    ifname: str
    mac: str
    mcast_snooping: bool = False
    stp: bool = False
    group_fwd_mask: int = 0
    nf_call: bool = False

    @property
    def key(self) -> Key:
        """Identity: namespace and name, whatever the type."""
        return link_key(self.netns, self.ifname)

    def describe(self) -> str:
        """Name it with its MAC, and the mask where there is one."""
        mask = f"  group_fwd_mask {self.group_fwd_mask:#x}" if self.group_fwd_mask else ""
        return f"bridge {self.ifname}{within(self.netns)}  {self.mac}{mask}{'  nf_call' if self.nf_call else ''}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """Another MAC; snooping and spanning tree the other way; link-local groups forwarded, or not; no `nf_call`."""
        yield replace(self, mac=WRONG_MAC)
        yield replace(self, mcast_snooping=not self.mcast_snooping)
        yield replace(self, stp=not self.stp)
        yield replace(self, group_fwd_mask=0 if self.group_fwd_mask else ALL_FORWARDABLE_GROUPS)
        if self.nf_call:
            yield replace(self, nf_call=False)


@dataclass(frozen=True, slots=True)
class Veth(KernelObject):
    """The host's end of a veth pair whose other end, `peer_ifname`, was born in the namespace `peer_netns`.

    What root inside that namespace does to its end later is not part of this object.
    """

    KIND: ClassVar[str] = "veth"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"mac"})

    ifname: str
    mac: str
    peer_netns: str
    peer_ifname: str = field(default="eth0", compare=False)

    @property
    def key(self) -> Key:
        """Identity: namespace and name, whatever the type."""
        return link_key(self.netns, self.ifname)

    def needs(self) -> tuple[Key, ...]:
        """The pair needs the namespaces of both ends."""
        return tuple(namespace_key(n) for n in (self.netns, self.peer_netns) if n != HOME)

    def provides(self) -> tuple[Key, ...]:
        """Both ends come to be at once."""
        return (self.key, link_key(self.peer_netns, self.peer_ifname))

    def describe(self) -> str:
        """Name both ends."""
        return f"veth {self.ifname}{within(self.netns)} ↔ {self.peer_ifname}{within(self.peer_netns)}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """Another MAC of the host's end."""
        yield replace(self, mac=WRONG_MAC)


@dataclass(frozen=True, slots=True)
class Vlan(KernelObject):
    """A link that carries one VLAN of another (IEEE 802.1Q): what `lower` gets with the tag of `vid`, without that tag.

    What it sends leaves `lower` with the tag. It is born with the MAC and the MTU of `lower`, and vanishes with it.
    Unless bound `loose`ly it comes up by itself whenever `lower` does (6.12), guarded or not.
    """

    KIND: ClassVar[str] = "vlan"

    ifname: str
    lower: str
    vid: int
    loose: bool = True

    @property
    def key(self) -> Key:
        """Identity: namespace and name, whatever the type."""
        return link_key(self.netns, self.ifname)

    def needs(self) -> tuple[Key, ...]:
        """It lies on the other link."""
        return (link_key(self.netns, self.lower),)

    def describe(self) -> str:
        """Name it with what it carries."""
        return f"vlan {self.ifname}{within(self.netns)}  {self.lower} VID {self.vid}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """The VLAN beside it."""
        yield replace(self, vid=self.vid % 4094 + 1)


@dataclass(frozen=True, slots=True)
class OnLink(KernelObject):
    """What lies on one link, whoever made the link."""

    ifname: str

    @property
    def key(self) -> Key:
        """Identity: the link."""
        return (self.KIND, self.netns, self.ifname)

    @property
    def parent(self) -> Key | None:
        """The link."""
        return link_key(self.netns, self.ifname)


@dataclass(frozen=True, slots=True)
class Mac(OnLink):
    """The MAC of a link that exists for reasons of its own (an endpoint's `eth0`, a NIC of the lab)."""

    KIND: ClassVar[str] = "mac"
    SETTING: ClassVar[bool] = True
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"mac"})

    mac: str

    def describe(self) -> str:
        """Name link and MAC."""
        return f"link {self.ifname}{within(self.netns)} address {self.mac}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """Another MAC: the guard then holds what the endpoint truly sends."""
        yield replace(self, mac=WRONG_MAC)


@dataclass(frozen=True, slots=True)
class Mtu(OnLink):
    """The MTU of a link, in bytes of IP packet. That of a VLAN is never above that of `lower`, the link under it."""

    KIND: ClassVar[str] = "mtu"
    SETTING: ClassVar[bool] = True
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"mtu"})

    mtu: int
    lower: str = field(default="", compare=False)

    def needs(self) -> tuple[Key, ...]:
        """The link; and what the link under it can carry, where it carries a VLAN."""
        link = link_key(self.netns, self.ifname)
        return (link, (self.KIND, self.netns, self.lower)) if self.lower else (link,)

    def describe(self) -> str:
        """Name link and MTU."""
        return f"link {self.ifname}{within(self.netns)} mtu {self.mtu}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """One byte less."""
        yield replace(self, mtu=self.mtu - 1)


@dataclass(frozen=True, slots=True)
class Up(OnLink):
    """A link is administratively up. Created last of all that concerns the link, so that no window opens."""

    KIND: ClassVar[str] = "up"

    def describe(self) -> str:
        """Name the link."""
        return f"link {self.ifname}{within(self.netns)} up"
