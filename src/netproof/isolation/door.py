"""What the bridge of a gateway lets in: who asks for the gateway's addresses, answers to it, and IP for its MAC.

A host that routes for a segment must take in what is to be routed, whatever its destination: it is told apart by the
gateway's MAC alone. What becomes of it, whether it ends at this host or goes on, is for the hooks of family inet
(`routing.gateway`). All else that Linux would take from a bridge stays out: broadcasts, groups, other addresses' ARP.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import GatewayDoor
from netproof.state.filters import one_of

_TARGET = "@th,64,128"  # of a neighbour solicitation; nft 1.0.6 has no word for it


def let_in(door: GatewayDoor) -> Iterator[str]:
    """Yield the rules, without a link, that accept what is for the gateway."""
    ipv4 = sorted((a for a in door.addresses if a.version == 4), key=int)
    ipv6 = sorted((a for a in door.addresses if a.version == 6), key=int)
    if ipv4:
        yield f"arp daddr ip {one_of(map(str, ipv4))} accept"
        yield f"ether daddr {door.mac} meta protocol ip accept"
    if ipv6:
        yield f"icmpv6 type nd-neighbor-solicit {_TARGET} {one_of(hex(int(a)) for a in ipv6)} accept"
        yield f"ether daddr {door.mac} meta protocol ip6 accept"
