"""Let the bridge leave the VLAN of its ports.

With VLAN filtering on, an untagged frame belongs to the VLAN of its port, VID 1, in which every port is born. It goes
to the ports in that VLAN, and up to the host only if the bridge device is in it too; here it is in none, and what has
another tag is dropped at the port. A capture on the bridge device (promiscuous mode) still sees the frames, with a tag
of VID 1, which the IP stack takes for another host's (net/bridge/br_input.c br_pass_frame_up; tried on 6.12); packet
sockets of other EtherTypes hear them meanwhile.

The drop at the port is why it is no method for endpoints that may send tags (`guard: {vlan: off}`): those would reach
nobody. Nor for a gateway's bridge, which must be in the VLAN of its ports. Not held: frames to link-local groups (see
`link_local_groups`), which are the port's own before the VLAN is looked at. It survives ``nft flush ruleset``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import BridgeContext, Method
from netproof.state.bridging import VlanFiltering
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield VlanFiltering(HOME, context.bridge)


METHOD = Method(
    "vlan-filtering",
    "other",
    _objects,
    needs=frozenset({"vlan-filtering"}),
    lacking="VLAN filtering of bridges (CONFIG_BRIDGE_VLAN_FILTERING)",
    spares_tags=False,
)
