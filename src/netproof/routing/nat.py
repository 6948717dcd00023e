"""Out of a segment behind the address of a NIC, and only out: source NAT by masquerading.

Out goes what enters by the gateway and leaves by that NIC, from an address of the segment (the answers to another
address would go to whoever has it) to what is neither a managed host nor in a segment. Back in comes what belongs to a
connection that somebody inside began, as connection tracking knows it, ICMP errors about it, and nothing else: a packet
from outside that no connection asked for meets the barrier, whatever address it bears, and so does what a helper of
somebody else's (FTP, SIP) expects.

What a bridge of ours forwards from port to port passes the same tracking where br_netfilter is told to look at it.
There it could make the tracking know a connection between addresses that two segments both use, and so open the way
from outside into the other one. Such frames are therefore not tracked; and as this is said before fragments are put
together (priority -400), theirs go on as they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netproof.routing.gateway import GatewayContext

_ICMP = "meta l4proto { 1, 58 }"


def untracked(gateways: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the rules by which frames between ports of our bridges are no connections: bridges with a gateway's MAC."""
    for bridge, mac in sorted(gateways.items()):
        yield f'iifname "{bridge}" ether daddr != {mac} notrack' if mac else f'iifname "{bridge}" notrack'


def not_back(context: GatewayContext) -> str:
    """Return the rule of the hook `forward` by which nothing is routed back to the segment that it came from.

    What its members say to each other, they say directly. A frame that is forwarded from port to port passes this hook
    as well, and is told from a routed one by its destination.
    """
    return f'iifname "{context.bridge}" oifname "{context.bridge}" ether daddr {context.mac} drop'


def out_and_back(context: GatewayContext) -> Iterator[str]:
    """Yield the rules of the hook `forward` that let connections out by the NIC, and what belongs to them back in."""
    if context.nat is None:
        return
    out = f'iifname "{context.bridge}" oifname "{context.nat}"'
    for family in context.families:
        word = "ip" if family == "ipv4" else "ip6"
        if family in context.withheld:
            yield f"{out} {word} daddr {context.withheld[family]} drop"
        yield f"{out} {word} saddr {context.inside[family]} accept"
    back = f'iifname "{context.nat}" oifname "{context.bridge}" ct state'
    yield f"{back} established accept"
    yield f"{back} related {_ICMP} accept"


def hidden(context: GatewayContext) -> Iterator[str]:
    """Yield the rules of the hook `postrouting` by which what goes out bears the address of the NIC."""
    if context.nat is not None:
        yield f'iifname "{context.bridge}" oifname "{context.nat}" masquerade'
