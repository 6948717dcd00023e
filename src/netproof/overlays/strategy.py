"""What an overlay strategy is: how the VXLAN device of one segment on one host knows where the others are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import Vxlan
from netproof.values.address import Address, Interface


@dataclass(frozen=True, slots=True)
class RemoteEndpoint:
    """An endpoint of the segment on another host, which is at `vtep`; or the gateway, where this host is none."""

    mac: str
    addresses: tuple[Interface, ...]
    vtep: Address


@dataclass(frozen=True, slots=True)
class OverlayContext:
    """All that a strategy may know of a segment, seen from one of its hosts.

    `ifname` and `mac` are the VXLAN device's, which is a port of `bridge`; `mtu` in bytes is the segment's, `underlay`
    the NIC that bears `local_vtep`. `group` and `ttl` are what the site says of multicast. `stations_beyond`: the
    segment has an uplink on another host, so that MACs that nobody declared are behind the tunnel. `closed`: the
    device's door is shut.
    """

    site: str
    segment: str
    vni: int
    udp_port: int
    ifname: str
    mac: str
    bridge: str
    mtu: int
    underlay: str
    local_vtep: Address
    remote_vteps: tuple[Address, ...]
    remote_endpoints: tuple[RemoteEndpoint, ...]
    group: Address | None = None
    ttl: int | None = None
    stations_beyond: bool = False
    closed: bool = True

    def device(self, *, learning: bool = False) -> Vxlan:
        """Return the VXLAN device; `learning`: it notes from which VTEP a MAC was last heard."""
        return Vxlan(HOME, self.ifname, self.mac, self.vni, str(self.local_vtep), self.udp_port, learning)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy by its word in the site file.

    `objects` yields the device, its membership of the bridge, and what it knows of the others. MTU, silence of the
    device's own IPv6 and its door are the same for every strategy and not part of it. `answers_nd`: the device holds
    neighbours, which the kernel takes only where IPv6 is on.
    """

    name: str
    objects: Callable[[OverlayContext], Iterator[KernelObject]]
    answers_nd: bool = False
