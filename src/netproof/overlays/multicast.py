"""BUM frames go to a multicast group of the underlay, which all VTEPs of the segment join; the kernel learns the rest.

A frame's walk: as with `flood`, but one UDP packet to the group instead of one to each VTEP: the underlay makes the
copies. Who the others are is written nowhere but at the door, which also lets in what is sent to the group.

The device joins when it comes up, on the NIC of its VTEP. The underlay must carry multicast (IGMP, MLD) between all
VTEPs, over `ttl` routers. A group is one segment's: hosts that have joined a group get all that is sent to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netproof.overlays.strategy import OverlayContext, Strategy
from netproof.state.bridging import Port
from netproof.state.object import HOME, KernelObject


def _objects(context: OverlayContext) -> Iterator[KernelObject]:
    yield replace(
        context.device(learning=True),
        remote_group=str(context.group),
        underlay=context.underlay,
        ttl=context.ttl or 1,
    )
    yield Port(HOME, context.ifname, context.bridge)


STRATEGY = Strategy("multicast", _objects)
