"""The site as the program means it: names resolved, short forms written out, defaults filled in, nothing unsupported.

Everything is frozen. `place` is where in the site file a thing was declared; it never takes part in equality.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from netproof.values.address import FAMILIES, Address, Family, Interface, Network, family_of


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: line and column count from 1; line 0 means that the thing stands in no file."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class PhysicalNetwork:
    """A physical L2 network that NICs plug into; `mtu` in bytes."""

    name: str
    subnets: tuple[Network, ...] = ()
    mtu: int = 1500
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Isolated:
    """An isolated testing interface: `table` holds its routes, `priority` is that of its routing rules."""

    table: int
    priority: int


@dataclass(frozen=True, slots=True)
class Nic:
    """A declared link of a host or station. `mtu` in bytes, None: leave it (the lab takes the network's)."""

    name: str
    network: str
    addresses: tuple[Interface, ...] = ()
    gateways: tuple[Address, ...] = ()
    mtu: int | None = None
    mac: str | None = None
    isolated: Isolated | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route of a host, station or endpoint; `to` None is the default route of `via`'s family."""

    to: Network
    via: Address | None = None
    dev: str | None = None
    table: int = 254
    metric: int | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class DeclaredRule:
    """A routing rule of a host (`ip rule`). `family` is both where neither `from_` nor `to` decides it."""

    priority: int
    families: tuple[Family, ...]
    from_: Network | None = None
    to: Network | None = None
    iif: str | None = None
    oif: str | None = None
    fwmark: int | None = None
    table: int | None = None
    action: str = "lookup"  # lookup | blackhole | unreachable | prohibit
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Node:
    """What hosts and stations have in common: NICs with addresses, and whether they route for others."""

    name: str
    nics: tuple[Nic, ...]
    forward: bool = False
    routes: tuple[DeclaredRoute, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def addresses(self) -> tuple[Interface, ...]:
        """All addresses of all NICs, in declared order."""
        return tuple(a for nic in self.nics for a in nic.addresses)

    def nic(self, name: str) -> Nic:
        """Return the NIC called `name`; raises KeyError."""
        for nic in self.nics:
            if nic.name == name:
                return nic
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Host(Node):
    """A managed host. `vteps` are its ends of VXLAN tunnels, one address a family at most."""

    rules: tuple[DeclaredRule, ...] = ()
    vteps: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Station(Node):
    """An unmanaged machine on networks: router, client, attacker. `probe`: the lab added it as a vantage."""

    probe: bool = False


@dataclass(frozen=True, slots=True)
class Uplink:
    """A NIC of a host, bridged into a segment."""

    host: str
    nic: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Overlay:
    """How a segment is stretched over VXLAN: a strategy by name, and what the strategies' options say."""

    strategy: str
    group: Address | None = None
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """Hosts that route for a segment, all with the same `addresses` and MAC; `nat` is the NIC that leads out."""

    hosts: tuple[str, ...]
    addresses: tuple[Interface, ...]
    nat: str | None = None
    place: Place = field(default=NOWHERE, compare=False)


VXLAN_PORT = 4789
"""UDP port of VXLAN (RFC 7348)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A virtual Ethernet segment. `isolation` is ("auto",), ("none",) or the listed methods, in order.

    With a `vni` it is stretched over the VTEPs of its hosts, as `overlay` says. `private`: its endpoints reach uplinks'
    stations and the gateway, never each other. `closed`: VXLAN is taken from the site's VTEPs only.
    """

    name: str
    subnets: tuple[Network, ...] = ()
    uplinks: tuple[Uplink, ...] = ()
    isolation: tuple[str, ...] = ("auto",)
    vni: int | None = None
    overlay: Overlay | None = None
    udp_port: int = VXLAN_PORT
    private: bool = False
    gateway: Gateway | None = None
    closed: bool = True
    isolation_place: Place = field(default=NOWHERE, compare=False)
    place: Place = field(default=NOWHERE, compare=False)


GUARD_ITEMS = ("mac", "ip", "arp", "nd", "ra", "dhcp", "vlan", "ethertype", "linklocal")
"""Guard items, as the site file names them; True is guarded."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Which sources and frames of an endpoint are held to what it declares; True: guarded."""

    mac: bool = True
    ip: bool = True
    arp: bool = True
    nd: bool = True
    ra: bool = True
    dhcp: bool = True
    vlan: bool = True
    ethertype: bool = True
    linklocal: bool = True


GUARD_OFF = Guard(*(False,) * len(GUARD_ITEMS))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A container, VM or namespace, attached to a segment on a host. `mac` is declared or derived, never empty."""

    name: str
    host: str
    segment: str
    mac: str
    addresses: tuple[Interface, ...] = ()
    attach: str = "veth"
    guard: Guard = Guard()
    gateways: tuple[Address, ...] = ()
    routes: tuple[DeclaredRoute, ...] = ()
    netns: str | None = None
    ifname: str | None = None
    probe: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Traffic:
    """A kind of traffic that a policy line speaks of: ``all``, ``icmp``, or ``tcp``/``udp`` to a range of ports."""

    protocol: str
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        if self.first is None:
            return self.protocol
        return f"{self.protocol}/{self.first}" + (f"-{self.last}" if self.last != self.first else "")


Selector = str | Network
"""Who a policy line speaks of: the name of an endpoint, segment, host or station, a prefix, or ``any``."""

ANY: Selector = "any"


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """Who may (`allow`), or may not, start which `traffic` towards whom; of all lines the first that matches counts."""

    from_: tuple[Selector, ...]
    to: tuple[Selector, ...]
    traffic: tuple[Traffic, ...]
    allow: bool
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Site:
    """A whole site: every mapping is by name, in the order of the file. `file` is the path as given."""

    name: str
    file: str = field(default="", compare=False)
    networks: Mapping[str, PhysicalNetwork] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    stations: Mapping[str, Station] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    policy: tuple[PolicyLine, ...] = ()

    def endpoints_of(self, segment: str) -> Iterator[Endpoint]:
        """Yield the endpoints of `segment`."""
        return iter(self._endpoints_of.get(segment, ()))

    @cached_property
    def _endpoints_of(self) -> Mapping[str, list[Endpoint]]:
        found: dict[str, list[Endpoint]] = {}
        for endpoint in self.endpoints.values():
            found.setdefault(endpoint.segment, []).append(endpoint)
        return found

    def stations_on(self, network: str) -> Iterator[Station]:
        """Yield the stations with a NIC on `network`."""
        return (s for s in self.stations.values() if any(n.network == network for n in s.nics))

    def uplink_networks(self, segment: str) -> tuple[str, ...]:
        """Name the networks that uplinks of `segment` plug into."""
        return tuple(self.hosts[u.host].nic(u.nic).network for u in self.segments[segment].uplinks)

    def members(self, segment: str) -> tuple[Endpoint | Station, ...]:
        """Return the members of `segment`: its endpoints, then the stations on its uplinks' networks."""
        stations = {s.name: s for network in self.uplink_networks(segment) for s in self.stations_on(network)}
        return (*self.endpoints_of(segment), *stations.values())

    def hosts_of(self, segment: str) -> tuple[Host, ...]:
        """Return the hosts with an uplink or an endpoint of `segment`, or its gateway, in the order of the file."""
        return self._hosts_of[segment]

    @cached_property
    def _hosts_of(self) -> Mapping[str, tuple[Host, ...]]:
        return {segment: self._hosts_on(segment) for segment in self.segments}

    def _hosts_on(self, segment: str) -> tuple[Host, ...]:
        declared = self.segments[segment]
        here = {u.host for u in declared.uplinks} | {e.host for e in self.endpoints_of(segment)}
        here |= set(declared.gateway.hosts if declared.gateway else ())
        return tuple(h for h in self.hosts.values() if h.name in here)

    def vteps_of(self, segment: str) -> Mapping[str, Address]:
        """Return the VTEP of each host of `segment`, by host: of the group's family, else of one all have, IPv4 first.

        Empty for a segment without a VNI.
        """
        declared, hosts = self.segments[segment], self.hosts_of(segment)
        if declared.vni is None:
            return {}
        group = declared.overlay.group if declared.overlay else None
        for family in (family_of(group),) if group else FAMILIES:
            found = {h.name: v for h in hosts for v in h.vteps if family_of(v) == family}
            if len(found) == len(hosts):
                return found
        return {}
