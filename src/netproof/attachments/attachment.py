"""What an attachment is: how one endpoint is joined to a segment's bridge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netproof.state.object import KernelObject
from netproof.values.address import Interface

GUEST_IFNAME = "eth0"
"""An endpoint's link, as its guest knows it."""


@dataclass(frozen=True, slots=True)
class PortContext:
    """All that an attachment may know of an endpoint.

    `ifname` and `port_mac` are of the host's end, `bridge` is what it becomes a port of; `netns` is the endpoint's
    namespace and `mac` its MAC; `mtu` in bytes is both ends'; `guard` names the items that are on. `apart`: its
    port reaches no other endpoint's.
    """

    site: str
    name: str
    ifname: str
    port_mac: str
    bridge: str
    netns: str
    mac: str
    addresses: tuple[Interface, ...]
    mtu: int
    guard: frozenset[str]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A kind of attachment: `objects` yields all that lies between the segment and the endpoint's ``eth0``.

    What is on that ``eth0`` (MAC, MTU, addresses, routes) is the same for every attachment and not part of it.
    """

    name: str
    objects: Callable[[PortContext], Iterator[KernelObject]]
