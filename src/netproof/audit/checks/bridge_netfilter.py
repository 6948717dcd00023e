"""Bridged packets pass IP rules that are not meant for them.

Symptom: guests on one bridge cannot reach each other since a container engine is installed, or a NAT rule rewrites
what never left the segment. Cause: with br_netfilter loaded, `bridge-nf-call-iptables` and its like are 1 by default,
and a frame from port to port walks through prerouting, forward and postrouting of the IP families as if it were
routed. The settings are per namespace since Linux 5.3. Where Kubernetes runs pods on a bridge it asks for them: accept
the finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, set_sysctl
from netproof.audit.ruleset import at_hook
from netproof.state.facts import Facts

_FAMILIES = {"iptables": ("ip", "inet"), "ip6tables": ("ip6", "inet")}


def _findings(facts: Facts) -> Iterator[Finding]:
    bridges = [b.ifname for b in facts.of_kind("bridge") if len(facts.ports(b.ifname)) > 1]
    for tables, families in _FAMILIES.items():
        setting = f"net/bridge/bridge-nf-call-{tables}"
        passed = [*_chains(facts, families), *_legacy(facts, tables)]
        if bridges and passed and facts.sysctl(setting):
            evidence = f"{setting} is 1: what {', '.join(bridges)} bridges passes {', '.join(passed)}"
            yield Finding(tables, evidence, set_sysctl(f"{setting}=0"))


def _chains(facts: Facts, families: tuple[str, ...]) -> Iterator[str]:
    for hook in ("prerouting", "forward", "postrouting"):
        for chain in at_hook(facts.nft, families, hook):
            if chain.rules or chain.policy != "accept":
                yield f"nft {chain.family} {chain.table} {chain.name}"


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
