"""A NIC some of whose VLANs are bridged: a link for each of those, and none of the rest for the host's IP stack.

A frame's way: it enters at the NIC, passes that NIC's ingress hook with its outer tag lifted out, and is then looked at
for that tag. With the VID of a link on the NIC it goes on as that link's, and so into the bridge of one segment; what
tag it bears below is the segment's own business. With another VID it counts as another host's, and IP drops it. Without
a tag, or with VID 0, it is the NIC's own: the host's IP stack would take it for any address of the host, although the
NIC has none (net/core/dev.c __netif_receive_skb_core, 6.12). That is what the chain is for; LLDP, LACP and their like
go on to their daemons.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.state.filters import NftChain, table_name
from netproof.state.layer3 import IPV6_MIN_MTU, without_ipv6
from netproof.state.links import Mtu, Up, Vlan
from netproof.state.object import HOME, KernelObject
from netproof.values.naming import chain_word

_RULES = ("vlan id != 0 accept", "meta protocol { ip, arp, 8021q, ip6, 8021ad } drop")


def carried(ifname: str, nic: str, vid: int, mtu: int | None) -> Iterator[KernelObject]:
    """Yield the link `ifname` for one VLAN of `nic`, up; its MTU (bytes) where one of the NIC is declared."""
    yield Vlan(HOME, ifname, nic, vid)
    if mtu is not None:
        yield Mtu(HOME, ifname, mtu, lower=nic)
    yield Up(HOME, ifname)


def untagged(site: str, nic: str, mtu: int | None) -> Iterator[KernelObject]:
    """Yield what keeps `nic`, whose VLANs are bridged, from saying or taking any IP without a tag."""
    yield from without_ipv6(HOME, nic, mtu or IPV6_MIN_MTU)
    hook = f'type filter hook ingress device "{nic}" priority filter; policy accept;'
    yield NftChain(HOME, "netdev", table_name(site), f"untagged-{chain_word(nic)}", hook, _RULES, nic)
