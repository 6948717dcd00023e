"""Endpoints as the site file writes them."""

from __future__ import annotations

from typing import Annotated

from netproof import registry
from netproof.declared.addresses import interface
from netproof.declared.leaves import Gateways, ListOf, Mac, Netns, NicName, Reference, Switch, word_of
from netproof.declared.nodes import Route
from netproof.declared.shape import Leaf, Section
from netproof.values.address import Interface as IpInterface

FORMAT_ATTACHMENTS = ("veth", "tap", "macvlan", "ipvlan", "phys")
"""Attachments that format 1 names, whether this version has them or not."""
NIC_ATTACHMENTS = ("macvlan", "ipvlan", "phys")
MODES = {"macvlan": ("private", "bridge", "vepa", "passthru"), "ipvlan": ("l2", "l3", "l3s")}
_ALL_MODES = tuple(mode for modes in MODES.values() for mode in modes)
CONTAINERS = ("lxc", "cni")


def supported_attachments() -> tuple[str, ...]:
    """Name the attachments that this version has."""
    return tuple(registry.variants("netproof.attachments", "ATTACHMENT"))


ATTACHMENTS = tuple(dict.fromkeys((*FORMAT_ATTACHMENTS, *supported_attachments())))


def _lease_or_interface(value: object) -> IpInterface | str:
    return "dhcp" if value == "dhcp" else interface(value)


EndpointAddress = Annotated[
    IpInterface | str,
    Leaf(_lease_or_interface, {"type": "string", "examples": ["192.0.2.11/24", "dhcp"]}),
]


class Guard(Section):
    """What an endpoint may send; every item is on unless it says off."""

    mac: Switch | None = None
    """Frames come from the declared MAC."""
    ip: Switch | None = None
    """Packets come from the declared addresses."""
    arp: Switch | None = None
    """ARP tells the truth about MAC and addresses."""
    nd: Switch | None = None
    """Neighbour discovery tells the truth about MAC and addresses."""
    ra: Switch | None = None
    """No router advertisements or redirects."""
    dhcp: Switch | None = None
    """Nothing to the ports of DHCP clients: no answers of a DHCP server."""
    vlan: Switch | None = None
    """No VLAN tags."""
    ethertype: Switch | None = None
    """Only IPv4, IPv6 and ARP."""
    linklocal: Switch | None = None
    """Nothing to the bridge's reserved groups (LLDP, STP, LACP)."""


class Endpoint(Section):
    """A container, VM or namespace."""

    host: Reference
    """The host that it runs on."""
    segment: Reference | None = None
    """The segment that it is attached to."""
    nic: NicName | None = None
    """Instead of a segment: the host's NIC that it is attached to."""
    attach: Annotated[str, word_of(*ATTACHMENTS)] = "veth"
    """How it is attached."""
    mode: Annotated[str, word_of(*_ALL_MODES)] | None = None
    """Mode of a macvlan or ipvlan."""
    addresses: ListOf[EndpointAddress]
    """Addresses with prefix length."""
    mac: Mac | None = None
    """Its MAC; derived from its name where not given."""
    guard: Guard | None = None
    """What it may send."""
    gateway: Gateways
    """Default gateway, or one a family."""
    routes: ListOf[Route]
    """Routes beside the gateway's."""
    netns: Netns | None = None
    """Its named network namespace; SITE.NAME where not given."""
    ifname: NicName | None = None
    """Name of the host's end of its attachment."""
    container: Annotated[str, word_of(*CONTAINERS)] | None = None
    """The container engine that starts it."""
