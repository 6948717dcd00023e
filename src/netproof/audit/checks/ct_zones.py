"""Two networks with the same addresses share one conntrack table.

Symptom: a flow that is allowed in one network opens the same flow in the other, both ways; of two tenants with the
same addresses one loses its connections, or gets the other's NAT. Cause: a connection is known by addresses, ports
and protocol; the link that it came by is no part of that. Only a zone keeps them apart (since 2.6.34).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import dumps

from netproof.audit.check import Check, Finding
from netproof.audit.guests import lodgers
from netproof.audit.mending import nft
from netproof.state.facts import Facts, Link, NftChain
from netproof.values.address import Network

_VIRTUAL = frozenset({"bridge", "vlan", "macvlan", "vxlan", "veth", "geneve", "gretap"})


def _findings(facts: Facts) -> Iterator[Finding]:
    if not _tracks(facts) or _has_zones(facts):
        return
    by_network: dict[Network, dict[str, bool]] = {}
    for link in facts.links:
        for network, bridged in _networks(facts, link):
            by_network.setdefault(network, {})[link.ifname] = bridged
    for network, links in by_network.items():
        if len(links) > 1:
            evidence = f"{network} is on {', '.join(links)}; rules use conntrack, and none sets a zone"
            mend = nft("".join(links), _zones(links, routed=not all(links.values())))
            yield Finding(str(network), evidence, mend)


def _tracks(facts: Facts) -> bool:
    """Say whether a rule asks conntrack, or translates addresses by it."""
    rules = [rule for chain in _chains(facts) for rule in chain.rules]
    return any('"ct": {' in dumps(rule.statements) for rule in rules) or any(c.type == "nat" for c in _chains(facts))


def _has_zones(facts: Facts) -> bool:
    statements = [s for chain in _chains(facts) for rule in chain.rules for s in rule.statements]
    return any("mangle" in s and '"ct": {"key": "zone"' in dumps(s) for s in statements)


def _chains(facts: Facts) -> list[NftChain]:
    return [chain for chain in facts.nft.chains if chain.family in ("ip", "ip6", "inet")]


def _networks(facts: Facts, link: Link) -> Iterator[tuple[Network, bool]]:
    """Yield the networks on a link that is one of its own, and whether their packets are bridged (or else routed)."""
    if link.kind not in _VIRTUAL or not link.is_up:
        return
    for address in facts.lasting(link.ifname):
        if address.interface.network.num_addresses > 1:
            yield address.interface.network, False
    if link.kind == "bridge" and not facts.lasting(link.ifname) and _passes_ip_rules(facts, link):
        for lodger in lodgers(facts, link.ifname):
            yield from ((address.network, True) for address in lodger.link.addresses)


def _passes_ip_rules(facts: Facts, bridge: Link) -> bool:
    """Say whether br_netfilter has what a bridge forwards pass the rules of IP, and with them conntrack."""
    return bool(bridge.data.get("nf_call_iptables") or facts.sysctl("net/bridge/bridge-nf-call-iptables"))


def _zones(links: Iterable[str], *, routed: bool) -> str:
    """Return nft's commands that give each link a zone.

    What is bridged comes by the link in both directions: all of a flow is of its zone. What is routed comes back by a
    link without one, so only the first direction is.
    """
    zones = ", ".join(f'"{ifname}": {zone}' for zone, ifname in enumerate(links, 1))
    statement = "ct original zone" if routed else "ct zone"
    return (
        "add table inet zones; "
        "add chain inet zones prerouting { type filter hook prerouting priority -300; }; "
        f"add rule inet zones prerouting {statement} set iifname map {{ {zones} }}"
    )


CHECK = Check(
    "ct-zones",
    "networks with the same addresses share one conntrack table",
    "What is allowed in one is taken for an answer in the other.",
    "nft(8), ct zone; kernel: include/net/netfilter/nf_conntrack_zones.h",
    _findings,
    needs=frozenset({"nft", "guests"}),
)
