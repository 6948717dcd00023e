"""Addresses, routes and routing rules. Addresses and prefixes are canonical text (RFC 5952 for IPv6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_interface
from typing import TYPE_CHECKING, ClassVar, Self

from netproof.state.links import OnLink, within
from netproof.state.namespace import namespace_key
from netproof.state.object import HOME, KernelObject, Key, is_hosts, link_key

if TYPE_CHECKING:
    from netproof.state.hoststate import HostState

MAIN_TABLE = 254


@dataclass(frozen=True, slots=True)
class Address(OnLink):
    """An address with its prefix length. `nodad`: IPv6 uses it at once, without a look for duplicates; how it came
    about is no difference between two.

    `noprefixroute`: the kernel makes no route to its subnet. `learned`: the kernel made it of a router's advertisement,
    and makes it again; nobody puts it back.
    """

    KIND: ClassVar[str] = "address"

    address: str
    noprefixroute: bool = False
    nodad: bool = field(default=False, compare=False)
    learned: bool = field(default=False, compare=False)

    @property
    def key(self) -> Key:
        """Identity: address and prefix length at the link."""
        return (self.KIND, self.netns, self.ifname, self.address)

    def describe(self) -> str:
        """Name link and address."""
        return f"{self.ifname} {self.address}{' noprefixroute' * self.noprefixroute}{within(self.netns)}"

    def serves(self, wanted: KernelObject) -> bool:
        """One that has the subnet's route from somebody else is as good as any; one that must have none is not."""
        return self == wanted or (self.noprefixroute and replace(self, noprefixroute=False) == wanted)

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """The next address; the address alone, without the rest of its subnet."""
        interface = ip_interface(self.address)
        yield replace(self, address=f"{interface.ip + 1}/{interface.network.prefixlen}")
        yield replace(self, address=f"{interface.ip}/{interface.max_prefixlen}")
        if self.noprefixroute:
            yield replace(self, noprefixroute=False)


@dataclass(frozen=True, slots=True)
class Route(KernelObject):
    """A route; `destination` is a prefix, the default route 0.0.0.0/0 or ::/0.

    `metric` is the kernel's priority: 0 means its default (IPv6 stores 1024). `source`: it is for packets from that
    prefix only (IPv6, CONFIG_IPV6_SUBTREES). `prefsrc`: whom to send as where nobody has chosen. `tos`: it is for
    packets of that type of service only. `unreachable`: it leads nowhere, and who looks it up looks no further.
    `shared`: others have appended next hops of their own (IPv6), which the kernel keeps in one route with it.
    `exclusive`: its table is ours alone: no route of others may stand in it, no rule of theirs look it up.
    """

    KIND: ClassVar[str] = "route"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"via", "ifname", "prefsrc"})

    destination: str
    via: str = ""
    ifname: str = ""
    table: int = MAIN_TABLE
    metric: int = 0
    source: str = ""
    prefsrc: str = ""
    unreachable: bool = False
    tos: int = 0
    shared: bool = field(default=False, compare=False)
    exclusive: bool = field(default=False, compare=False)

    @property
    def key(self) -> Key:
        """Identity: table, destination and metric, and the source and type of service if it is for one."""
        source = (self.source,) if self.source else ()
        tos = (f"tos {self.tos:#x}",) if self.tos else ()
        return (self.KIND, self.netns, str(self.table), self.destination, str(self.metric), *source, *tos)

    @property
    def parent(self) -> Key | None:
        """A route with a device goes with it."""
        return link_key(self.netns, self.ifname) if self.ifname else None

    def needs(self) -> tuple[Key, ...]:
        """The device, up: the kernel refuses a route over one that is down."""
        return (link_key(self.netns, self.ifname), ("up", self.netns, self.ifname)) if self.ifname else ()

    def describe(self) -> str:
        """Name it as `ip route` does."""
        words = ["route", *["unreachable"] * self.unreachable, self.destination]
        words += ["from", self.source] if self.source else []
        words += ["tos", f"{self.tos:#x}"] if self.tos else []
        words += ["via", self.via] if self.via else []
        words += ["dev", self.ifname] if self.ifname else []
        words += ["src", self.prefsrc] if self.prefsrc else []
        words += ["table", str(self.table)] if self.table != MAIN_TABLE else []
        words += ["metric", str(self.metric)] if self.metric else []
        return " ".join(words) + within(self.netns)

    def serves(self, wanted: KernelObject) -> bool:
        """One that says whom to send as serves where nothing is said of that."""
        return self == wanted or (bool(self.prefsrc) and replace(self, prefsrc="") == wanted)

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """By the address beside its gateway."""
        if self.via:
            yield replace(self, via=str(ip_address(self.via) - 1))


@dataclass(frozen=True, slots=True)
class Rule(KernelObject):
    """A routing rule (ip-rule(8)). `action` is lookup (of `table`), blackhole, unreachable or prohibit.

    `narrowed`: somebody else's, with selectors that we have no words for.

    One of priority 0 comes behind the kernel's own of that priority, the lookup of local addresses. In an annex it
    comes first instead: while there is such a rule of its family, that lookup has priority 1. It is not `in_order`
    where a lookup of local addresses comes before it all the same, or none behind it.
    """

    KIND: ClassVar[str] = "rule"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"in_order"})

    family: str
    priority: int
    source: str = ""
    destination: str = ""
    iif: str = ""
    oif: str = ""
    fwmark: int = 0
    table: int = 0
    action: str = "lookup"
    narrowed: bool = False
    in_order: bool = True

    @property
    def key(self) -> Key:
        """Identity: every field but its order, as the kernel sees it."""
        return (
            self.KIND,
            self.netns,
            self.family,
            str(self.priority),
            self.source,
            self.destination,
            self.iif,
            self.oif,
            str(self.fwmark),
            str(self.table),
            self.action,
            *["narrowed"] * self.narrowed,
        )

    @property
    def parent(self) -> Key | None:
        """A rule in a named namespace goes with it."""
        return namespace_key(self.netns) if self.netns != HOME else None

    @property
    def is_first(self) -> bool:
        """Say whether it comes before the lookup of local addresses, and so decides over all that comes in."""
        return self.priority == 0 and self.netns != HOME and is_hosts(self.netns)

    def describe(self) -> str:
        """Name it as `ip rule` does."""
        words = ["rule", f"{self.priority}:", "from", self.source or "all"]
        for name, value in (("to", self.destination), ("iif", self.iif), ("oif", self.oif)):
            words += [name, value] if value else []
        words += ["fwmark", hex(self.fwmark)] if self.fwmark else []
        words += ["…"] * self.narrowed
        words += ["lookup", str(self.table)] if self.action == "lookup" else [self.action]
        return " ".join(words) + f" ({self.family}){within(self.netns)}"


@dataclass(frozen=True, slots=True)
class Sysctl(KernelObject):
    """A sysctl below /proc/sys; `name` is its path there, e.g. ``net/ipv6/conf/eth0/disable_ipv6``.

    `ifname` is the link it belongs to, empty for one of the whole namespace.
    """

    KIND: ClassVar[str] = "sysctl"
    SETTING: ClassVar[bool] = True
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"value"})

    name: str
    value: str
    ifname: str = ""

    @property
    def key(self) -> Key:
        """Identity: the path."""
        return (self.KIND, self.netns, self.name)

    @property
    def parent(self) -> Key | None:
        """The link it belongs to, else its named namespace."""
        if self.ifname:
            return link_key(self.netns, self.ifname)
        return namespace_key(self.netns) if self.netns != HOME else None

    def describe(self) -> str:
        """Name it as sysctl(8) does."""
        return f"sysctl {self.name} = {self.value}{within(self.netns)}"

    def bends(self, _: HostState, /) -> Iterator[Self]:
        """A switch the other way."""
        if self.value in ("0", "1"):
            yield replace(self, value="10"[int(self.value)])


IPV6_MIN_MTU = 1280
"""With a smaller MTU a link has no IPv6, and no settings of it (6.18; RFC 8200, section 5)."""


def without_ipv6(netns: str, ifname: str, mtu: int) -> Iterator[Sysctl]:
    """Yield the setting by which a link of `mtu` bytes has no IPv6; none for one that has none to begin with."""
    if mtu >= IPV6_MIN_MTU:
        yield Sysctl(netns, f"net/ipv6/conf/{ifname}/disable_ipv6", "1", ifname)


def with_ipv6_unheard(netns: str, ifname: str, mtu: int) -> Iterator[Sysctl]:
    """Yield the settings by which a link has IPv6 and no address, and so nothing to say (6.18)."""
    if mtu >= IPV6_MIN_MTU:
        for name, value in (("disable_ipv6", "0"), ("addr_gen_mode", "1"), ("accept_ra", "0")):
            yield Sysctl(netns, f"net/ipv6/conf/{ifname}/{name}", value, ifname)
