"""Take ARP from the bridge device: its host answers no question there, of ARP nor of neighbour discovery.

What needs no answer goes on: whoever knows the bridge's MAC, or sends to everybody's, is heard in both families, and
what is for all nodes is, too (tried on 6.18).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import ALL_WAYS, BridgeContext, Method
from netproof.state.bridging import NoArp
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield NoArp(HOME, context.bridge)


METHOD = Method(
    "no-arp",
    "other",
    _objects,
    leaves_open=ALL_WAYS - {"arp-who-has/ipv4", "arp-probe/ipv4", "route/ipv4", "route/ipv6"},
)
