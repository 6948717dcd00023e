"""No IP in frames to the link-local groups 01:80:c2:00:00:00 to 0f, at the ports of an isolated segment.

A frame's way: it enters at a port, passes that port's ingress hook (nftables, family netdev), and meets the bridge,
which neither forwards a frame to these groups nor takes it for its own device: it lets it pass on as the *port's* own
(RX_HANDLER_PASS in br_handle_frame; group 00 only with spanning tree, 01 never). So it goes by the bridge device's
ingress and `locked`, and 0e goes by the hooks of family bridge, too. There it is for whoever listens: LLDP, LACP and
802.1X for their daemons, which is what an uplink's neighbour may say; but IPv4 and ARP for the host's own IP stack,
which takes the packet for any of its addresses although the port has none (tried on 6.18).

A tag is no way round. The kernel has lifted the outer one out before the hook: ``meta protocol`` is what it carried.
Where no VLAN device is, VID 0 alone counts as no tag at all, however many of them are stacked (tried on 6.18), so what
shows yet another tag is dropped as well.

Of endpoints' ports only those need it whose guard lets these groups go.
"""

from __future__ import annotations

from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME
from netproof.values.naming import chain_word

_RULE = "ether daddr 01:80:c2:00:00:00-01:80:c2:00:00:0f meta protocol { ip, arp, 8021q, ip6, 8021ad } drop"


def no_ip_in_link_local_groups(site: str, port: str) -> NftChain:
    """Return the chain at the ingress of `port` that drops IP and ARP to link-local groups, and nothing else."""
    return NftChain(
        HOME,
        "netdev",
        table_name(site),
        f"linklocal-{chain_word(port)}",
        f'type filter hook ingress device "{port}" priority filter; policy accept;',
        (_RULE,),
        port,
    )
