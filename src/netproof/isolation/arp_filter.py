"""Answer ARP on the bridge only if the way back to who asks leads over it: to a bridge without address, none does.

No route is looked up for who asks as 0.0.0.0, so that ARP probes are answered (net/ipv4/arp.c arp_process; tried on
6.18). As with `arp-ignore`, what needs no answer is heard, and so is all of IPv6.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import ALL_WAYS, BridgeContext, Method
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield Sysctl(HOME, f"net/ipv4/conf/{context.bridge}/arp_filter", "1", context.bridge)


METHOD = Method(
    "arp-filter",
    "other",
    _objects,
    leaves_open=ALL_WAYS - {"arp-who-has/ipv4", "route/ipv4"},
    spares_gateway=True,
)
