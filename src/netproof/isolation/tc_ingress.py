"""Drop everything at the clsact ingress of the bridge device (traffic control).

Stands before the nftables ingress hook on the same way (see `ingress`) and survives ``nft flush ruleset``.
Where the kernel lacks gact, a BPF program of two instructions drops (tried on 6.18).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import BridgeContext, Method
from netproof.state.filters import IngressDrop
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield IngressDrop(HOME, context.bridge)


METHOD = Method(
    "tc-ingress",
    "other",
    _objects,
    needs=frozenset({"tc-bpf", "tc-gact"}),
    lacking="a traffic control filter that drops (CONFIG_NET_CLS_BPF, or CONFIG_NET_ACT_GACT)",
)
