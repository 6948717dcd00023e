"""Drop everything at the ingress of the bridge device (nftables, family netdev).

A frame that a bridge hands to its host leaves the last port, becomes a frame received by the bridge device, and
passes that device's ingress hook before any protocol sees it. Frames between ports never become the bridge
device's, so members of the segment are not touched. Not held: frames to link-local groups (LLDP, STP), which
belong to the port and never reach the bridge device; the guard of the port drops those, and IP in them is dropped at
every port without one (`link_local_groups`).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.door import let_in
from netproof.isolation.method import BridgeContext, Method
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield NftChain(
        HOME,
        "netdev",
        table_name(context.site),
        f"isolation-{context.segment}",
        f'type filter hook ingress device "{context.bridge}" priority filter; policy drop;',
        tuple(let_in(context.gateway)) if context.gateway else (),
        device=context.bridge,
    )


METHOD = Method(
    "ingress",
    "nftables",
    _objects,
    needs=frozenset({"nft-netdev"}),
    lacking="nftables netdev chains (CONFIG_NF_TABLES_NETDEV)",
    spares_gateway=True,
)
