"""A routing rule by which nothing that came in by the bridge is looked up, not even among the local addresses.

For that it must come before the lookup of table `local`, the kernel's first rule, which goes to priority 1. All traffic
of the namespace passes these rules, so this is for a bridge's own alone (`namespace`); behind `local`, where a rule of
priority 0 lands by itself, it stops nothing that is for an address of the host (tried on 6.18).

Looked up is what is for one address, and who asks for one in ARP. IPv4 that is for all, or for a group that was joined
there, is taken in without a look (net/ipv4/route.c ip_route_input_slow), and so is an ARP probe, whose sender 0.0.0.0
is nobody (an annex has no address that could be asked for); in IPv6 groups are looked up, too. Frames of other
protocols are nothing that is routed (all tried on 6.18).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import OTHER_WAYS, BridgeContext, Method
from netproof.state.layer3 import Rule
from netproof.state.object import HOME, KernelObject
from netproof.values.address import FAMILIES


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    for family in FAMILIES:
        yield Rule(HOME, family, 0, iif=context.bridge, action="blackhole")


METHOD = Method(
    "rule-blackhole",
    "other",
    _objects,
    leaves_open=OTHER_WAYS | {"arp-probe/ipv4", "group-to-host/ipv4", "udp-unspecified/ipv4"},
)
