"""Segments: what is bridged into them, how they are stretched over VXLAN, and who routes for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from netproof.site.place import NOWHERE, Place
from netproof.values.address import Address, Interface, Network
from netproof.values.naming import ANNEX


@dataclass(frozen=True, slots=True)
class Uplink:
    """A NIC of a host, or a link that carries one VLAN of it, bridged into a segment."""

    host: str
    nic: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Overlay:
    """How a segment is stretched over VXLAN: a strategy by name, and what the strategies' options say."""

    strategy: str
    group: Address | None = None
    ttl: int | None = None

    @property
    def is_told(self) -> bool:
        """Say whether its bridges are told behind which port every endpoint is."""
        return self.strategy in ("static-l2", "static-l3")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Hosts that route for a segment, all with the same `addresses` and MAC; `nat` is the NIC that leads out."""

    hosts: tuple[str, ...]
    addresses: tuple[Interface, ...]
    nat: str | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Annex:
    """The network namespace beside a host's own in which the bridge of a segment is, with all that is on it."""

    segment: str
    host: str

    @property
    def name(self) -> str:
        """What it is called among the nodes of a site: no declared name has the sign in it."""
        return f"{self.segment}{ANNEX}{self.host}"


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

    def annex(self, host: str) -> Annex | None:
        """Return where its bridge on `host` is, if not beside the host's own links."""
        return Annex(self.name, host) if "namespace" in self.isolation else None
