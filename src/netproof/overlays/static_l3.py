"""Every remote endpoint's MAC and addresses are written down; ARP and ND are answered at home, nothing is flooded.

A frame's walk: vm1 asks for vm2 by broadcast. The bridge floods it to the VXLAN port, where it ends: the device has a
neighbour for that address, answers in vm2's name, and sends nothing (arp_reduce, neigh_reduce in drivers/net/vxlan).
What it has no neighbour for is not answered, and nothing else for everybody has an entry to go by: it is dropped.
Unicast goes by the entries, as with `static-l2`.

Which addresses: the declared ones, and the link-local of the MAC. Duplicates are not detected across the tunnel, a
gratuitous ARP does not cross it, and multicast stays on its host. Stations behind an uplink cannot be written down:
their MACs are not declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netproof.overlays.strategy import OverlayContext, RemoteEndpoint, Strategy
from netproof.state.bridging import FdbEntry, Port
from netproof.state.layer3 import IPV6_MIN_MTU
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import Neighbour, RemoteEntry
from netproof.values.address import Address, link_local_of


def _objects(context: OverlayContext) -> Iterator[KernelObject]:
    yield replace(context.device(), proxy=True)
    yield Port(HOME, context.ifname, context.bridge, learning=False)
    for remote in context.remote_endpoints:
        yield FdbEntry(HOME, context.ifname, remote.mac, sticky=True)
        yield RemoteEntry(HOME, context.ifname, remote.mac, str(remote.vtep))
        for address in _addresses(remote, has_ipv6=context.mtu >= IPV6_MIN_MTU):
            yield Neighbour(HOME, context.ifname, str(address), remote.mac)


def _addresses(remote: RemoteEndpoint, *, has_ipv6: bool) -> Iterator[Address]:
    every = dict.fromkeys((*(a.ip for a in remote.addresses), link_local_of(remote.mac)))
    return (address for address in every if address.version == 4 or has_ipv6)


STRATEGY = Strategy("static-l3", _objects, answers_nd=True)
