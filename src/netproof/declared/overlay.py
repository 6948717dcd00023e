"""Overlay strategies and their options: one model a strategy."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from netproof import registry
from netproof.declared.leaves import Group, Hops
from netproof.declared.shape import ChosenBy, Section, Short


class Multicast(Section):
    """BUM frames go to a multicast group of the underlay; the kernel learns the FDB."""

    strategy: Literal["multicast"]
    """The overlay strategy."""
    group: Group
    """The group that all VTEPs of the segment join."""
    ttl: Hops = 1
    """How many routers a multicast frame may pass."""


class Flood(Section):
    """BUM frames are copied to every remote VTEP at the source; the kernel learns the FDB."""

    strategy: Literal["flood"]
    """The overlay strategy."""


class StaticL2(Section):
    """Every remote endpoint's MAC is written into the FDB; nothing is learned."""

    strategy: Literal["static-l2"]
    """The overlay strategy."""


class StaticL3(Section):
    """Every remote endpoint's MAC and neighbour entry is written; ARP and ND are proxied, nothing is flooded."""

    strategy: Literal["static-l3"]
    """The overlay strategy."""


class DynamicL3(Section):
    """Misses are answered from the registry."""

    strategy: Literal["dynamic-l3"]
    """The overlay strategy."""


class Evpn(Section):
    """BGP EVPN carries MAC/IP and IMET routes."""

    strategy: Literal["evpn"]
    """The overlay strategy."""


FORMAT_STRATEGIES = ("multicast", "flood", "static-l2", "static-l3", "dynamic-l3", "evpn")
"""Overlay strategies that format 1 names, whether this version has them or not."""


def supported_strategies() -> tuple[str, ...]:
    """Name the overlay strategies that this version has."""
    return tuple(registry.variants("netproof.overlays", "STRATEGY"))


def _spelled_out(value: Any) -> Any:
    return {"strategy": value} if isinstance(value, str) else value


Overlay = Annotated[
    Multicast | Flood | StaticL2 | StaticL3 | DynamicL3 | Evpn,
    ChosenBy("strategy"),
    Short(_spelled_out, {"enum": FORMAT_STRATEGIES}),
]
