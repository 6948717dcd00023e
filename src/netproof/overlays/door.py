"""VXLAN is taken from the other VTEPs of its segment, sent to this host's own, and from nobody else (nftables).

A VXLAN socket takes a packet from anybody, to any address of the host, and hands the frame in it to the device whose
VNI it names (drivers/net/vxlan, vxlan_rcv). So every packet with our VNI at our UDP port is dropped at the hook
`input` unless both outer addresses are right. Other VNIs and ports are not ours and pass.

What the hook sees: an IPv4 packet is whole there, reassembled before. An IPv6 packet is not: fragments pass one by one,
and are put together behind the hook (ip6_input_finish), unless connection tracking has done it before. The first
fragment has the whole UDP header (RFC 8200, section 4.5; the kernel drops it otherwise), but it may end before the
VNI. VTEPs never fragment (RFC 7348, section 4.3), so one that hides its VNI like that is dropped, whoever sent it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.overlays.strategy import OverlayContext
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME
from netproof.values.address import Address

_VNI = "@th,96,24"
"""Behind 8 bytes of UDP header and 4 of VXLAN's flags, in bits. A packet too short for it matches no rule with it."""


def door(context: OverlayContext) -> NftChain:
    """Return the chain that shuts the VXLAN device of the segment to everybody but its VTEPs."""
    return NftChain(
        HOME,
        "inet",
        table_name(context.site),
        f"vxlan-{context.segment}",
        "type filter hook input priority filter; policy accept;",
        tuple(_rules(context)),
    )


def _rules(context: OverlayContext) -> Iterator[str]:
    port, vni = f"udp dport {context.udp_port}", f"{context.vni:#x}"
    family = "ip" if context.local_vtep.version == 4 else "ip6"
    if family == "ip6":
        yield f"{port} {_VNI} != {vni} accept"
    if context.remote_vteps:
        here = (context.local_vtep, *((context.group,) if context.group else ()))
        ends = f"{family} saddr {_one_of(context.remote_vteps)} {family} daddr {_one_of(here)}"
        yield f"{port} {_VNI} {vni} {ends} accept"
    yield f"{port} {_VNI} {vni} drop"
    if family == "ip6":
        yield f"{port} exthdr frag exists drop"


def _one_of(addresses: tuple[Address, ...]) -> str:
    """Return `addresses` as ``nft list`` prints a set of them: in order, and one alone without braces."""
    ordered = [str(address) for address in sorted(addresses, key=int)]
    return ordered[0] if len(ordered) == 1 else f"{{ {', '.join(ordered)} }}"
