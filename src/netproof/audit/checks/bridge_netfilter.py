"""Bridged packets pass IP rules that are not meant for them.

Symptom: guests on one bridge cannot reach each other since a container engine is installed, or a NAT rule rewrites
what never left the segment. Cause: with br_netfilter loaded, `bridge-nf-call-iptables` and its like are 1 by default,
and a frame from port to port walks through prerouting, forward and postrouting of the IP families as if it were
routed. The settings are per namespace since Linux 5.3. Where Kubernetes runs pods on a bridge it asks for them: accept
the finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, listed, set_sysctl
from netproof.audit.matches import Packet
from netproof.audit.ruleset import at_hook, may_touch
from netproof.state.facts import Facts, Link

_FAMILIES = {"iptables": ("ip", "inet"), "ip6tables": ("ip6", "inet")}
_LINKS = {"prerouting": ("iifname",), "forward": ("iifname", "oifname"), "postrouting": ("oifname",)}
"""What a bridged packet bears at each hook: the bridge, on either side."""


def _findings(facts: Facts) -> Iterator[Finding]:
    bridges = [b for b in facts.of_kind("bridge") if len(facts.ports(b.ifname)) > 1]
    for tables, families in _FAMILIES.items():
        setting = f"net/bridge/bridge-nf-call-{tables}"
        passed = [*_chains(facts, families, bridges), *_legacy(facts, tables)]
        if bridges and passed and facts.sysctl(setting):
            names = listed(bridge.ifname for bridge in bridges)
            evidence = f"{setting} is 1: frames between ports of {names} pass {listed(passed)}"
            yield Finding(tables, evidence, set_sysctl(f"{setting}=0"))


def _chains(facts: Facts, families: tuple[str, ...], bridges: list[Link]) -> Iterator[str]:
    """Yield the chains that may drop or rewrite what a bridge hands from port to port."""
    for hook, links in _LINKS.items():
        for chain in at_hook(facts.nft, families, hook):
            if any(may_touch(facts.nft, chain, _packet(bridge, links, families[0])) for bridge in bridges):
                yield f"nft {chain.family} {chain.table} {chain.name}"


def _packet(bridge: Link, links: tuple[str, ...], protocol: str) -> Packet:
    """Return what is known of a bridged packet; what is for the bridge's own MAC is none."""
    return {**dict.fromkeys(links, bridge.ifname), "protocol": protocol, "ether daddr": frozenset({bridge.mac})}


def _legacy(facts: Facts, tables: str) -> Iterator[str]:
    yield from (f"{name}-legacy {table}" for name, table in map(str.split, sorted(facts.legacy)) if name == tables)


CHECK = Check(
    "bridge-netfilter",
    "bridged packets pass IP rules that are not meant for them",
    "What was written for routed traffic drops or rewrites frames inside a segment.",
    "kernel: Documentation/networking/ip-sysctl.rst, bridge-nf-call-iptables",
    _findings,
    needs=frozenset({"nft"}),
)
