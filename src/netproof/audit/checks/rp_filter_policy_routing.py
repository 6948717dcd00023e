"""Strict uRPF drops the answers to what routing rules sent.

Symptom: packets leave by the right NIC and the answers, seen by tcpdump on it, never reach the program. Cause: strict
`rp_filter` asks by which link the *sender* would be reached, and that question bears no mark, port or input link: a
rule that selects by these is not asked, the main table names another link, and the packet is a martian (all kernels;
for marks `src_valid_mark` makes the question bear it). Loose, 2, still drops senders that no route leads to.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, set_sysctl
from netproof.audit.lookup import looked_up, unasked
from netproof.state.facts import Facts, Route, RoutingRule
from netproof.values.address import Address


def _findings(facts: Facts) -> Iterator[Finding]:
    told: set[str] = set()
    for rule in facts.rules:
        if rule.family != "ipv4" or not unasked(rule) or "not" in rule.others:
            continue
        for route in facts.routes:
            for ifname in sorted(_refused(facts, rule, route) - told):
                told.add(ifname)
                by = ", ".join(sorted(unasked(rule)))
                evidence = (
                    f"the rule of priority {rule.priority} selects by {by} and sends by {ifname}; "
                    f"answers that come in there fail {ifname}'s rp_filter 1"
                )
                yield Finding(ifname, evidence, set_sysctl(f"net/ipv4/conf/{ifname}/rp_filter=2"))


def _refused(facts: Facts, rule: RoutingRule, route: Route) -> set[str]:
    """Return the links of a rule's route where whoever it leads to is not taken for a neighbour."""
    if (route.family, route.table, route.type) != ("ipv4", rule.table, "unicast"):
        return set()
    far = None if route.to.prefixlen == 0 else route.to[min(1, route.to.num_addresses - 1)]
    return {
        ifname
        for _, ifname in route.hops
        if facts.strongest(ifname, "rp_filter") == 1
        and not (facts.strongest(ifname, "src_valid_mark") and unasked(rule) == {"fwmark"})
        and not _leads_by(looked_up(facts, "ipv4", far, _own(facts, ifname)), ifname)
    }


def _leads_by(route: Route | None, ifname: str) -> bool:
    return route is not None and any(name == ifname for _, name in route.hops)


def _own(facts: Facts, ifname: str) -> Address | None:
    return next((a.interface.ip for a in facts.lasting(ifname, "ipv4")), None)


CHECK = Check(
    "rp-filter-policy-routing",
    "strict uRPF drops answers to what routing rules sent",
    "Connections by that way never come about, and no program says why.",
    "RFC 3704; kernel: Documentation/networking/ip-sysctl.rst, rp_filter, src_valid_mark",
    _findings,
)
