"""Physical networks, and the hosts and stations whose NICs plug into them."""

from __future__ import annotations

from dataclasses import dataclass, field

from netproof.site.place import NOWHERE, Place
from netproof.values.address import Address, Family, Interface, Network


@dataclass(frozen=True, slots=True)
class Vlan:
    """One VLAN of a trunk (IEEE 802.1Q): `trunk` names the network or NIC that carries it, with the tag of `vid`."""

    trunk: str
    vid: int


@dataclass(frozen=True, slots=True)
class PhysicalNetwork:
    """A physical L2 network that NICs plug into; `mtu` in bytes. One VLAN of another network is a network too."""

    name: str
    subnets: tuple[Network, ...] = ()
    mtu: int = 1500
    vlan: Vlan | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Isolated:
    """An isolated testing interface: `table` holds its routes, `priority` is that of its routing rules."""

    table: int
    priority: int


@dataclass(frozen=True, slots=True)
class Nic:
    """A declared link of a host or station. `mtu` in bytes, None: leave it (the lab takes the network's).

    With a `vlan` it is no link of its own, but what netproof makes on the host's NIC `vlan.trunk`.
    """

    name: str
    network: str
    addresses: tuple[Interface, ...] = ()
    gateways: tuple[Address, ...] = ()
    mtu: int | None = None
    mac: str | None = None
    isolated: Isolated | None = None
    vlan: Vlan | None = None
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
