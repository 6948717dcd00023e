"""Segments as the site file writes them."""

from __future__ import annotations

from typing import Annotated, Any

from netproof import registry
from netproof.declared.leaves import (
    HostNic,
    Interface,
    L4Port,
    ListOf,
    NicName,
    Reference,
    Subnet,
    Switch,
    Vid,
    Vni,
    one_or_list,
    word_of,
)
from netproof.declared.overlay import Overlay
from netproof.declared.shape import Absent, Section, Short

FORMAT_METHODS = (
    "ingress",
    "bridge-filter",
    "vlan-filtering",
    "tc-ingress",
    "namespace",
    "no-arp",
    "arp-ignore",
    "arp-filter",
    "raw-drop",
    "rp-filter",
    "rule-blackhole",
    "disable-ipv6",
)
"""Isolation methods that format 1 names, in the order in which they are told."""

_WORDS = tuple(dict.fromkeys(("auto", "none", *FORMAT_METHODS, *registry.variants("netproof.isolation", "METHOD"))))
Isolation = Annotated[
    list[Annotated[str, word_of(*_WORDS)]],
    Short(one_or_list, {"enum": list(_WORDS)}),
    Absent(lambda: ["auto"]),
]


def _nic_alone(value: Any) -> Any:
    return value if isinstance(value, dict) else {"nic": value}


class Uplink(Section):
    """A NIC of a host that is bridged into the segment."""

    nic: HostNic
    """HOST.NIC, such as hv1.eth2."""
    vid: Vid | None = None
    """Only this VLAN of a trunk."""


class SegmentGateway(Section):
    """Hosts that route for the segment."""

    hosts: list[Reference]
    """The hosts; several are an anycast gateway."""
    addresses: list[Interface]
    """The gateway's addresses within the segment."""
    nat: NicName | None = None
    """NIC by which endpoints get out, behind that NIC's address."""


class Segment(Section):
    """A virtual Ethernet segment."""

    subnets: ListOf[Subnet]
    """Subnets whose addresses endpoints have."""
    vni: Vni | None = None
    """VXLAN network identifier: stretches the segment over the hosts' VTEPs."""
    overlay: Overlay | None = None
    """How VTEPs learn where endpoints are."""
    udp_port: L4Port | None = None
    """UDP port of VXLAN; 4789 where not given."""
    uplinks: ListOf[Annotated[Uplink, Short(_nic_alone, {"type": "string", "examples": ["hv1.eth2"]})]]
    """NICs bridged in."""
    isolation: Isolation
    """How the segment is kept from its hosts' own IP stack."""
    private: Switch = False
    """Endpoints reach uplinks' stations and the gateway, never each other."""
    gateway: SegmentGateway | None = None
    """Hosts that route for this segment."""
