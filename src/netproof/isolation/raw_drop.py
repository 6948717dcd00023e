"""Drop IP that came in by the bridge before anything else of the IP stack sees it (nftables, inet, prerouting, raw).

ARP is no IP and is answered as ever. Where frames *between* ports pass the hooks of the IP families too
(net.bridge.bridge-nf-call-iptables and -ip6tables, 1 by default once br_netfilter is loaded), they have the bridge for
their input link there as well, and members would not reach each other: nothing in this hook tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import OTHER_WAYS, BridgeContext, Method
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME, KernelObject

HOOK = "type filter hook prerouting priority raw; policy accept;"


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    yield NftChain(
        HOME,
        "inet",
        table_name(context.site),
        f"raw-{context.segment}",
        HOOK,
        (f'iifname "{context.bridge}" drop',),
    )


METHOD = Method(
    "raw-drop",
    "nftables",
    _objects,
    needs=frozenset({"nft-inet"}),
    lacking="nftables in family inet (CONFIG_NF_TABLES_INET)",
    leaves_open=OTHER_WAYS | {"arp-who-has/ipv4", "arp-probe/ipv4"},
    spares_handed_on=False,
)
