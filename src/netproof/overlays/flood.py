"""Flood and learn: BUM frames are copied to every remote VTEP at the source; the kernel learns who is where.

A frame's walk: vm1 asks for vm2 by broadcast. The bridge floods it to the VXLAN port; the device finds no entry for
ff:ff:ff:ff:ff:ff and takes those of the all-zero MAC, one a remote VTEP: one UDP packet to each. There the device
notes that vm1's MAC came from this VTEP, and the bridge that it is behind the VXLAN port. vm2's answer goes straight
back, and teaches this side the same.

What is learned is whatever was said last: an endpoint whose guard lets it use any MAC can draw another's frames to its
own host. It is forgotten after 300 s of silence, and the next frame is flooded again.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.overlays.strategy import OverlayContext, Strategy
from netproof.state.bridging import Port
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import ALL_ZERO, RemoteEntry


def _objects(context: OverlayContext) -> Iterator[KernelObject]:
    yield context.device(learning=True)
    yield Port(HOME, context.ifname, context.bridge)
    for vtep in context.remote_vteps:
        yield RemoteEntry(HOME, context.ifname, ALL_ZERO, str(vtep))


STRATEGY = Strategy("flood", _objects)
