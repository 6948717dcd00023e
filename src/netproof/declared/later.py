"""Policy, services and the fabric's own sections as the site file writes them."""

from __future__ import annotations

from typing import Annotated

from netproof.declared.leaves import (
    Address,
    Asn,
    DictOf,
    Interface,
    L4Port,
    Name,
    NicName,
    Reference,
    RegistryUrl,
    Seconds,
    Traffic,
    one_or_list,
    word_of,
)
from netproof.declared.shape import Section, Short

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "sed", "nq", "fo", "ovf", "mh")

Selectors = Annotated[list[Reference], Short(one_or_list, {"type": "string"})]
Traffics = Annotated[list[Traffic], Short(one_or_list, {"type": "string", "examples": ["all", "icmp", "tcp/22"]})]


class PolicyLine(Section):
    """Who may, or may not, start what towards whom."""

    from_: Selectors
    """Endpoint, segment, host, station, prefix or any; or a list of these."""
    to: Selectors
    """Endpoint, segment, host, station, prefix or any; or a list of these."""
    allow: Traffics | None = None
    """Traffic that may."""
    deny: Traffics | None = None
    """Traffic that may not."""


class HealthCheck(Section):
    """How a destination is found alive."""

    tcp: L4Port
    """It accepts connections at this port."""


class Service(Section):
    """A virtual service (IPVS)."""

    director: Reference
    """The host that takes the connections."""
    address: Interface
    """The service's address."""
    nic: NicName
    """The director's NIC that bears the address."""
    ports: list[Traffic]
    """What it serves, such as tcp/25."""
    scheduler: Annotated[str, word_of(*SCHEDULERS)] = "wlc"
    """How destinations are chosen."""
    forward: Annotated[str, word_of("masquerade", "direct", "tunnel")] = "masquerade"
    """How packets get to them."""
    persistent: Seconds | None = None
    """Seconds for which a client stays with its destination."""
    destinations: list[Reference]
    """Who serves."""
    check: HealthCheck | None = None
    """How a destination is found alive."""


class Registry(Section):
    """Where overlays keep who is where."""

    url: RegistryUrl
    """sqlite:FILE or etcd://HOST:PORT."""


class RouteReflector(Section):
    """A BGP route reflector; without a host it is rendered for its owner."""

    host: Reference | None = None
    """The managed host that it runs on."""
    address: Address | None = None
    """Where it is, if on no managed host."""
    speaker: Annotated[str, word_of("frr", "gobgp", "junos")]
    """The program that speaks BGP."""


class Bgp(Section):
    """The fabric's BGP."""

    asn: Asn
    """Autonomous system number."""
    route_reflectors: DictOf[Name, RouteReflector]
    """Route reflectors, by name."""


class Underlay(Section):
    """The network below the overlays."""

    encrypt: Annotated[str, word_of("ipsec", "wireguard")] | None = None
    """How VXLAN between VTEPs is encrypted."""
