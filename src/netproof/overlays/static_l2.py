"""Every remote endpoint's MAC is written down; nothing is learned, and only BUM frames are flooded.

A frame's walk: vm1 asks for vm2 by broadcast, which goes to every remote VTEP as with `flood`. All unicast after that
goes by entries that stand from the start: the bridge's own says that vm2's MAC is behind the VXLAN port, the device's
says behind which VTEP. Both stay whatever is heard: the bridge's is sticky (a static one that is not moves to where
its MAC is seen next, 6.18), the device's is permanent and the device does not learn. So nobody, on an uplink or
across the tunnel, can draw a declared endpoint's frames to himself.

Where the segment has an uplink on another host, there are stations behind the tunnel whose MACs nobody declared. The
bridge learns that they are there (else it would flood what is for them to every local port, too), the device does not:
frames for them go to every VTEP.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.overlays.strategy import OverlayContext, Strategy
from netproof.state.bridging import FdbEntry, Port
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import ALL_ZERO, RemoteEntry


def _objects(context: OverlayContext) -> Iterator[KernelObject]:
    yield context.device()
    yield Port(HOME, context.ifname, context.bridge, learning=context.stations_beyond)
    for vtep in context.remote_vteps:
        yield RemoteEntry(HOME, context.ifname, ALL_ZERO, str(vtep))
    for remote in context.remote_endpoints:
        yield FdbEntry(HOME, context.ifname, remote.mac, sticky=True)
        yield RemoteEntry(HOME, context.ifname, remote.mac, str(remote.vtep))


STRATEGY = Strategy("static-l2", _objects)
