"""Mistakes that people make with rules and bridges, beyond the bends that every kind of object offers of itself.

Rules in another order; a gate opened for IPv6, for link-local addresses, or for UDP; connections of all tenants in one
zone, or told from each other no longer; NAT of more than was meant; a port in another tenant's bridge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import singledispatch
from itertools import pairwise

from netproof.state.bridging import Port
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.links import Bridge
from netproof.state.object import KernelObject

_OPENINGS = ("meta protocol ip6 accept", "ip6 saddr fe80::/10 accept", "meta l4proto udp accept")
_ZONE = re.compile(r"ct zone (?!set)(?:\{[^}]*\}|\S+) ")
_ZONE_OF = re.compile(r'(?<=" : )\d+')
_NAT = re.compile(r"\b(?:masquerade|snat)\b")
_MATCH = re.compile(r"(?:iifname|oifname|ip6? [sd]addr|meta protocol) (?:!= )?(?:\{[^}]*\}|\S+) ")


@singledispatch
def spoiled(_thing: KernelObject, _among: HostState) -> Iterator[KernelObject]:
    """Yield what somebody might have made of an object by mistake."""
    return iter(())


@spoiled.register
def _(port: Port, among: HostState) -> Iterator[KernelObject]:
    for bridge in sorted({bridge.ifname for bridge in among.of(Bridge) if bridge.netns == port.netns} - {port.bridge}):
        yield replace(port, bridge=bridge)


@spoiled.register
def _(chain: NftChain, among: HostState) -> Iterator[KernelObject]:
    verdicts = [_verdict(chain, rule, among) for rule in chain.rules]
    if "drop" in verdicts or "policy drop" in chain.hook:
        if chain.hook:
            yield from (replace(chain, rules=(opening, *chain.rules)) for opening in _OPENINGS)
        for i, (one, other) in enumerate(pairwise(verdicts)):
            if {one, other} == {"accept", "drop"}:
                rules = list(chain.rules)
                rules[i : i + 2] = rules[i + 1], rules[i]
                yield replace(chain, rules=tuple(rules))
    for i, rule in enumerate(chain.rules):
        for bent in _reworded(rule):
            yield replace(chain, rules=(*chain.rules[:i], bent, *chain.rules[i + 1 :]))


def _verdict(chain: NftChain, rule: str, among: HostState) -> str:
    """Return `accept` or `drop`, also for a jump to where nothing else is said; else nothing."""
    before, _, last = rule.rpartition(" ")
    if before.endswith("jump"):
        to = among[(*chain.key[:-1], last)]
        said = {_verdict(to, inner, among) for inner in to.rules} if isinstance(to, NftChain) else set()
        return said.pop() if len(said) == 1 else ""
    return last if last in ("accept", "drop") else ""


def _reworded(rule: str) -> Iterator[str]:
    """Yield a rule that minds zones no longer, puts all into one, or translates more than it should."""
    if _ZONE.search(rule):
        yield _ZONE.sub("", rule)
    zones = _ZONE_OF.findall(rule)
    if len(set(zones)) > 1:
        yield _ZONE_OF.sub(zones[0], rule)
    if _NAT.search(rule):
        for match in _MATCH.finditer(rule):
            yield rule[: match.start()] + rule[match.end() :]
