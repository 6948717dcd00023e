"""Drop at the bridge family's input hook what comes in by a port of the segment (nftables).

The hook sees every frame that the bridge is about to hand to its host, with the port as input link. Ports are
matched by name: `meta ibrname` needs CONFIG_NFT_BRIDGE_META, which not every kernel has (6.18 as tried has not),
and `policy drop` would cut off foreign bridges too. A port that somebody else adds to the bridge is not covered.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.door import let_in
from netproof.isolation.method import BridgeContext, Method
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    verdicts = (*(let_in(context.gateway) if context.gateway else ()), "drop")
    yield NftChain(
        HOME,
        "bridge",
        table_name(context.site),
        f"isolation-{context.segment}",
        "type filter hook input priority filter; policy accept;",
        tuple(f'iifname "{port}" {verdict}' for port in sorted(context.ports) for verdict in verdicts),
    )


METHOD = Method(
    "bridge-filter",
    "nftables",
    _objects,
    needs=frozenset({"nft-bridge"}),
    lacking="nftables in family bridge (CONFIG_NF_TABLES_BRIDGE)",
    spares_gateway=True,
)
