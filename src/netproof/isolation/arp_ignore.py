"""Answer ARP on the bridge only for addresses of the bridge itself, of which it has none.

Closes the question, and with it the way of whoever must ask first; who knows the bridge's MAC, or sends to everybody's,
is heard, and so is all of IPv6. A gateway has the same setting of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import ALL_WAYS, BridgeContext, Method
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield Sysctl(HOME, f"net/ipv4/conf/{context.bridge}/arp_ignore", "1", context.bridge)


METHOD = Method(
    "arp-ignore",
    "other",
    _objects,
    leaves_open=ALL_WAYS - {"arp-who-has/ipv4", "arp-probe/ipv4", "route/ipv4"},
    spares_gateway=True,
)
