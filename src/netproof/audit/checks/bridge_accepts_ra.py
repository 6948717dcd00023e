"""A bridge takes router advertisements from its ports.

Symptom: the host suddenly has an address and a default route of a guest's choice, and its IPv6 traffic goes through
that guest. Cause: a bridge is a link like any other, with accept_ra 1 by default, and every port is on that link.
With forwarding on only accept_ra 2 takes them (since 2.6.37). A guest needs a raw socket and one packet.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.handed import hands
from netproof.state.facts import Facts, Link

_ADVERTISEMENT = {"protocol": "ip6", "l4proto": "icmpv6", "icmpv6 type": "nd-router-advert"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        if facts.ports(bridge.ifname) and _accepts(facts, bridge) and hands(facts, bridge, _ADVERTISEMENT):
            value = facts.sysctl(f"net/ipv6/conf/{bridge.ifname}/accept_ra")
            evidence = f"accept_ra of {bridge.ifname} is {value}{_taken(facts, bridge)}"
            yield Finding(bridge.ifname, evidence, ("sysctl", "-w", f"net/ipv6/conf/{bridge.ifname}/accept_ra=0"))


def _accepts(facts: Facts, bridge: Link) -> bool:
    conf = f"net/ipv6/conf/{bridge.ifname}"
    accept = facts.sysctl(f"{conf}/accept_ra")
    has_ipv6 = f"{conf}/accept_ra" in facts.sysctls and not facts.sysctl(f"{conf}/disable_ipv6")
    return has_ipv6 and (accept == 2 or (accept == 1 and not facts.sysctl(f"{conf}/forwarding")))


def _taken(facts: Facts, bridge: Link) -> str:
    vias = [via for r in facts.routes if r.protocol == "ra" for via, name in r.hops if name == bridge.ifname and via]
    return f", and the host goes by that of {vias[0]}: make its route static before you mend this" if vias else ""


CHECK = Check(
    "bridge-accepts-ra",
    "a bridge takes router advertisements from its ports",
    "Any guest can give the host an IPv6 address and become its default router.",
    "RFC 6104; kernel: Documentation/networking/ip-sysctl.rst, accept_ra",
    _findings,
    needs=frozenset({"nft", "vlans"}),
)
