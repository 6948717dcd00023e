"""Turn IPv6 off on the bridge device: closes IPv6 from the segment to the host, and nothing of IPv4."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import IPV4_WAYS, OTHER_WAYS, BridgeContext, Method
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield Sysctl(HOME, f"net/ipv6/conf/{context.bridge}/disable_ipv6", "1", context.bridge)


METHOD = Method("disable-ipv6", "other", _objects, leaves_open=IPV4_WAYS | OTHER_WAYS)
