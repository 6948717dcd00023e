"""Endpoints: containers, VMs and namespaces on segments, and what each is held to."""

from __future__ import annotations

from dataclasses import dataclass, field

from netproof.site.nodes import DeclaredRoute
from netproof.site.place import NOWHERE, Place
from netproof.values.address import Address, Interface

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
