"""What a method of isolation is: a name, what it needs of the kernel, what it leaves open, and its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from netproof.state.object import KernelObject
from netproof.values.address import Address

IPV4_WAYS = frozenset(
    f"{way}/ipv4"
    for way in (
        "route",
        "neigh-right-mac",
        "neigh-broadcast-mac",
        "neigh-multicast-mac",
        "arp-who-has",
        "arp-probe",
        "udp-unspecified",
        "udp-one-way",
        "redirect-to-host",
        "options-to-host",
        "fragments-to-host",
        "group-to-host",
    )
)
"""Ways by which IPv4 and ARP get from an open segment into its host, by the name of the probe that goes it."""

IPV6_WAYS = frozenset(
    f"{way}/ipv6"
    for way in (
        "route",
        "neigh-right-mac",
        "neigh-broadcast-mac",
        "neigh-multicast-mac",
        "ipv6-all-nodes",
        "ipv6-link-local",
        "udp-one-way",
        "nd-who-has",
        "router-advertisement-to-host",
        "redirect-to-host",
        "options-to-host",
        "fragments-to-host",
        "group-to-host",
    )
)
"""The same for IPv6."""

OTHER_WAYS = frozenset({"ethertype-to-host/l2"})
"""What is neither, at the bridge device itself."""

ALL_WAYS = IPV4_WAYS | IPV6_WAYS | OTHER_WAYS


@dataclass(frozen=True, slots=True)
class GatewayDoor:
    """What the bridge of a gateway takes in all the same: questions for `addresses`, and IP in frames to `mac`."""

    mac: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class BridgeContext:
    """All that a method may know: the site's name, the segment's, its bridge and the ports of that on this host.

    `gateway`: this host routes for the segment, and what is for the gateway is not the method's to drop.
    """

    site: str
    segment: str
    bridge: str
    ports: tuple[str, ...]
    gateway: GatewayDoor | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A method of isolation.

    `family` says what takes it away: every ``nftables`` method goes with one ``flush ruleset``. `needs` are kernel
    capabilities of which one is enough (empty: nothing is needed), and `lacking` says in words what a kernel
    without them lacks. `leaves_open` names the ways that are known to stay open with this method alone.
    `spares_gateway`: it closes a gateway's bridge but for the gateway; without, it would cut the gateway off.
    `spares_tags`: members may send each other frames with VLAN tags all the same. `spares_handed_on`: they reach each
    other although their bridge hands on what it bridges to the hooks of the IP families.
    """

    name: str
    family: Literal["nftables", "other"]
    objects: Callable[[BridgeContext], Iterator[KernelObject]]
    needs: frozenset[str] = frozenset()
    lacking: str = ""
    leaves_open: frozenset[str] = frozenset()
    spares_gateway: bool = False
    spares_tags: bool = True
    spares_handed_on: bool = True

    def works_with(self, capabilities: frozenset[str]) -> bool:
        """Say whether a kernel with `capabilities` can do it."""
        return not self.needs or bool(self.needs & capabilities)
