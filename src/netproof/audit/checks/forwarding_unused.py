"""Forwarding is on where nothing is routed.

Symptom: anybody on the network uses this host as a next hop, past filters that know hosts by their addresses. Cause:
`ip_forward` was turned on by a package or a copied file, and stays on; with one routed link only, all that can be
forwarded goes back to where it came from (all kernels).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, set_sysctl
from netproof.state.facts import Facts
from netproof.values.address import FAMILIES, Family

_SETTINGS: dict[Family, str] = {"ipv4": "net/ipv4/ip_forward", "ipv6": "net/ipv6/conf/all/forwarding"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for family in FAMILIES:
        setting, routed = _SETTINGS[family], _routed(facts, family)
        if facts.sysctl(setting) and len(routed) < 2:
            only = f"only {routed[0]} has routes" if routed else "no link has routes"
            yield Finding(family, f"{setting} is 1, but {only}", set_sysctl(f"{setting}=0"))


def _routed(facts: Facts, family: Family) -> list[str]:
    """Return the links that lead somewhere, link-local and multicast prefixes aside."""
    lead = {
        ifname
        for route in facts.routes
        if route.family == family and route.type == "unicast" and not (route.to.is_link_local or route.to.is_multicast)
        for _, ifname in route.hops
    }
    return sorted(lead - {"lo", ""})


CHECK = Check(
    "forwarding-unused",
    "forwarding is on where nothing is routed",
    "Anybody beside this host can send through it, with its position behind filters.",
    "kernel: Documentation/networking/ip-sysctl.rst, ip_forward",
    _findings,
)
