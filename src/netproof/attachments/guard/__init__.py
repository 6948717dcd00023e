"""What an endpoint may send: one file a guard item.

A frame's way: it enters at the endpoint's own port, whose ingress hook (nftables, family netdev) sees it before the
bridge does; the bridge's own hooks miss LLDP and its group. There the kernel has already lifted the outermost VLAN
tag out of the frame: ``ether type`` still shows the tag's type, ``meta protocol`` and what builds on it (``arp``,
``ip``, ``ip6``, ``icmpv6``) look at what the tag carried. An expression that cannot be read, because the frame is
too short for it, does not match: so every rule only ever drops, and none relies on another's order.

What holds for every endpoint alike stands once a host, in a chain that the chain of every such port jumps to first:
loading and reading rules is most of what a host of many endpoints costs.

Rules are spelled exactly as ``nft -s list`` (1.0.6) prints them. Names of protocols are avoided, because their
spelling depends on whether the machine has an /etc/protocols; so are fields that nft has no word for.
"""
