"""A link that exists already, a host's NIC or an endpoint's ``eth0``, brought to what is declared of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.routing.route import route
from netproof.state.layer3 import Address
from netproof.state.links import Mac, Mtu, Up
from netproof.state.object import KernelObject
from netproof.values.address import Address as IPAddress
from netproof.values.address import Interface


def link_settings(netns: str, ifname: str, mac: str | None, mtu: int | None) -> Iterator[KernelObject]:
    """Yield the link's MAC and MTU (bytes) where they are given, and that it is up."""
    if mac is not None:
        yield Mac(netns, ifname, mac)
    if mtu is not None:
        yield Mtu(netns, ifname, mtu)
    yield Up(netns, ifname)


def addressing(
    netns: str, ifname: str, addresses: Iterable[Interface], gateways: Iterable[IPAddress], *, nodad: bool = False
) -> Iterator[KernelObject]:
    """Yield the link's addresses, and a default route by each gateway.

    `nodad`: IPv6 addresses are used at once, without duplicate address detection.
    """
    for address in addresses:
        yield Address(netns, ifname, str(address), nodad=nodad)
    for gateway in gateways:
        yield route(netns, None, via=gateway, ifname=ifname)
