"""A host that routes for a segment: the gateway's addresses on the bridge, and nothing else of the host behind them.

A packet's way: a frame to the gateway's MAC becomes the bridge device's (`isolation.door`) and is routed. What ends at
this host passes the hook `input`: there an echo request to a gateway's address is answered, as are questions of
neighbour discovery for one; all else that came in by the bridge is dropped. What goes on passes `forward`
(`routing.nat`, `routing.forwarding`).

Several hosts may be the gateway: each has the same addresses and the same MAC, so that an endpoint that moves finds the
one beside it. They answer side by side, so that nobody may take the other for a duplicate; and the answer to a question
of one might end at another, so that each is told where the endpoints of the others are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netproof.state.filters import one_of
from netproof.state.layer3 import Address, Sysctl
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import Neighbour
from netproof.values.address import Address as IPAddress
from netproof.values.address import Family, Interface, family_of

_TARGET = "@th,64,128"  # of a neighbour solicitation; nft 1.0.6 has no word for it


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """All that a gateway knows: its bridge with the gateway's `mac` and `addresses`, and whether it is `isolated`.

    `nat` is the link that leads out, for `families`, and not to what `withheld` matches: no place to go out to;
    `inside` matches the sources that are let out. `elsewhere`: addresses and MACs of endpoints on other hosts, told
    where several hosts are this gateway.
    """

    bridge: str
    mac: str
    addresses: tuple[Interface, ...]
    isolated: bool
    nat: str | None = None
    families: tuple[Family, ...] = ()
    inside: Mapping[Family, str] = field(default_factory=dict)
    withheld: Mapping[Family, str] = field(default_factory=dict)
    elsewhere: tuple[tuple[IPAddress, str], ...] = ()

    def of(self, family: Family) -> list[IPAddress]:
        """Return the gateway's addresses of `family`, in order."""
        return sorted((a.ip for a in self.addresses if family_of(a) == family), key=int)


def gateway(context: GatewayContext) -> Iterator[KernelObject]:
    """Yield what makes the bridge a gateway: its settings, addresses, and neighbours that it cannot ask for."""
    bridge = context.bridge
    yield from _settings(context)
    for address in context.addresses:
        yield Address(HOME, bridge, str(address), nodad=True)
    for where, mac in context.elsewhere:
        yield Neighbour(HOME, bridge, str(where), mac)


def _settings(context: GatewayContext) -> Iterator[Sysctl]:
    def setting(family: Family, name: str, value: str) -> Sysctl:
        return Sysctl(HOME, f"net/{family}/conf/{context.bridge}/{name}", value, context.bridge)

    if context.of("ipv6"):
        # Its link-local address is the same on every host of the gateway; and it takes no orders from the segment.
        yield setting("ipv6", "accept_dad", "0")
        yield setting("ipv6", "accept_ra", "0")
    elif context.isolated:
        yield setting("ipv6", "disable_ipv6", "1")
    if context.isolated:
        # It asks in the gateway's name, else the answer would not be let in, and answers for no other address.
        yield setting("ipv4", "arp_announce", "2")
        yield setting("ipv4", "arp_ignore", "1")


def input_rules(context: GatewayContext) -> Iterator[str]:
    """Yield the rules that drop what ends at this host, but for echo requests and discovery of the gateway."""
    by = f'iifname "{context.bridge}"'
    ipv4, ipv6 = context.of("ipv4"), context.of("ipv6")
    if ipv4:
        yield f"{by} ip daddr {one_of(map(str, ipv4))} icmp type echo-request accept"
    if ipv6:
        yield f"{by} ip6 daddr {one_of(map(str, ipv6))} icmpv6 type echo-request accept"
    yield from discovery_rules(context)
    yield f"{by} drop"


def discovery_rules(context: GatewayContext) -> Iterator[str]:
    """Yield the rules that accept neighbour discovery of the gateway, of which no policy speaks."""
    by, ipv6 = f'iifname "{context.bridge}"', context.of("ipv6")
    if ipv6:
        yield f"{by} icmpv6 type nd-neighbor-solicit {_TARGET} {one_of(hex(int(a)) for a in ipv6)} accept"
        yield f"{by} icmpv6 type nd-neighbor-advert accept"


def output_rules(context: GatewayContext) -> Iterator[str]:
    """Yield the rules by which nobody is told of a shorter way: whoever may talk directly does without."""
    out = f'oifname "{context.bridge}"'
    yield f"{out} icmp type redirect drop"
    yield f"{out} icmpv6 type nd-redirect drop"
