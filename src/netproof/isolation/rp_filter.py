"""Strict uRPF on the bridge: IPv4 whose way back is not this bridge is dropped.

A bridge without an address has no way back at all, so every IPv4 source fails, and ARP requests with it. What has
no source passes: ARP probes (sender 0.0.0.0) are answered, UDP from 0.0.0.0 to 255.255.255.255 or 224.0.0.x is heard
(tried on 6.18), and IPv6 knows no uRPF by sysctl.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import IPV6_WAYS, OTHER_WAYS, BridgeContext, Method
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield Sysctl(HOME, f"net/ipv4/conf/{context.bridge}/rp_filter", "1", context.bridge)


METHOD = Method(
    "rp-filter",
    "other",
    _objects,
    leaves_open=IPV6_WAYS | OTHER_WAYS | {"arp-probe/ipv4", "udp-unspecified/ipv4"},
)
