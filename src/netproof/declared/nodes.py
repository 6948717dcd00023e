"""Physical networks, hosts and stations as the site file writes them."""

from __future__ import annotations

from typing import Annotated, Any

from netproof.declared.leaves import (
    Address,
    Destination,
    DictOf,
    Fwmark,
    Gateways,
    Interface,
    LinkName,
    ListOf,
    Metric,
    Mtu,
    Network,
    NicName,
    Priority,
    Reference,
    Subnet,
    Switch,
    TableId,
    Vid,
    word_of,
)
from netproof.declared.shape import Section, Short

RULE_ACTIONS = ("lookup", "blackhole", "unreachable", "prohibit")


class PhysicalNetwork(Section):
    """A physical L2 network that NICs plug into."""

    subnets: ListOf[Subnet]
    """Subnets whose addresses NICs on this network have."""
    mtu: Mtu = 1500
    """Largest packet in bytes."""


class IsolatedNic(Section):
    """An isolated testing interface's routing table and rule priority; chosen stably where not given."""

    table: TableId | None = None
    """Routing table of this NIC."""
    priority: Priority | None = None
    """Priority of its routing rules."""


def _isolated(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    from netproof.declared.text import switch

    try:
        return {} if switch(value) else None
    except ValueError as error:
        raise ValueError(f"{error}, or a mapping like {{table: 22, priority: 6001}}") from None


class Nic(Section):
    """A link of a host or station."""

    network: Reference
    """The network it plugs into."""
    vid: Vid | None = None
    """A station's: only this VLAN of the network, untagged, as at a switch's access port."""
    addresses: ListOf[Interface]
    """Addresses with prefix length."""
    gateway: Gateways
    """Default gateway, or one a family."""
    mtu: Mtu | None = None
    """Largest packet in bytes; left alone where not given."""
    isolated: Annotated[IsolatedNic | None, Short(_isolated, {"enum": ["on", "off", True, False]})] = None
    """Traffic to and from its addresses uses this NIC only, and nothing else uses it."""


class Route(Section):
    """A route."""

    to: Destination
    """Destination prefix, or default."""
    via: Address | None = None
    """Next hop."""
    dev: NicName | None = None
    """NIC that it leaves by."""
    table: TableId = 254
    """Routing table; 254 is main."""
    metric: Metric | None = None
    """Lower is preferred; the kernel's default where not given."""


class Rule(Section):
    """A routing rule."""

    priority: Priority
    """Lower is asked first."""
    from_: Network | None = None
    """Source prefix."""
    to: Network | None = None
    """Destination prefix."""
    iif: LinkName | None = None
    """NIC that the packet came in by."""
    oif: LinkName | None = None
    """NIC that the sending socket is bound to."""
    fwmark: Fwmark | None = None
    """Firewall mark."""
    table: TableId | None = None
    """Routing table to look up."""
    action: Annotated[str, word_of(*RULE_ACTIONS)] = "lookup"
    """What to do with what matches."""


class Host(Section):
    """A managed host."""

    nics: DictOf[NicName, Nic]
    """Its NICs, by name."""
    vtep: Reference | None = None
    """Where its VXLAN tunnels end: a NIC, or one of its addresses."""
    forward: Switch = False
    """Whether it routes for others."""
    routes: ListOf[Route]
    """Routes beside the gateways'."""
    rules: ListOf[Rule]
    """Routing rules."""
    firewall: ListOf[Reference]
    """Rule files, YAML or Python."""


class Station(Section):
    """An unmanaged machine: one NIC in short form (network, addresses …), or `nics` as a host has."""

    network: Reference | None = None
    """Short form: the network it plugs into, by eth0."""
    vid: Vid | None = None
    """Short form: only this VLAN of the network, untagged, as at a switch's access port."""
    addresses: ListOf[Interface]
    """Short form: addresses with prefix length."""
    gateway: Gateways
    """Short form: default gateway, or one a family."""
    mtu: Mtu | None = None
    """Short form: largest packet in bytes."""
    nics: dict[NicName, Nic] | None = None
    """Long form: its NICs, by name."""
    forward: Switch = False
    """Whether it routes for others."""
    routes: ListOf[Route]
    """Routes beside the gateways'."""
