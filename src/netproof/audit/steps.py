"""An nftables ruleset as a list of what it decides about whom.

Chains that are jumped to are written out where they are jumped from, and verdict maps element by element, so that a
base chain becomes one list of *steps*: conditions, and what happens to a packet that meets them all. What this reader
does not understand makes a step uncertain; it never guesses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, Final

from netproof.audit.spans import L3, Match, all_cover, any_excludes, equal, implied, read_match
from netproof.state.facts import NftChain, NftRule, NftRuleset

_NEUTRAL: Final = frozenset({"counter", "log", "mangle", "notrack", "ct helper", "ct timeout", "ct expectation", "dup"})
"""Statements after which the rule goes on, whatever the packet."""

_VERDICTS: Final = {
    "accept": "accept",
    "drop": "drop",
    "reject": "drop",
    "return": "return",
    "jump": "jump",
    "goto": "goto",
    "masquerade": "accept",
    "snat": "accept",
    "dnat": "accept",
    "redirect": "accept",
    "queue": "unknown",
    "fwd": "unknown",
    "synproxy": "unknown",
}
_REJECTS: Final = {"icmp": "ip", "icmpv6": "ip6"}  # of one family only, as a listing says it without a match
_OF_FAMILY: Final = {"ip": (equal(L3, "ip"),), "ip6": (equal(L3, "ip6"),)}
_DEEPEST: Final = 16  # as the kernel allows
_MANY: Final = 64


@dataclass(frozen=True, slots=True)
class Step:
    """Who meets all `matches` gets `verdict` (accept, drop, return, jump, goto, unknown), if `certain` whoever it is.

    `said` are the statements that made the conditions, as nft writes them; `target` is where a jump goes.
    """

    matches: tuple[Match, ...]
    verdict: str
    certain: bool
    rule: NftRule
    said: tuple[Mapping[str, Any], ...] = ()
    target: str = ""

    def takes_all(self, packets: Iterable[Match]) -> bool:
        """Say whether this step surely takes all of these packets."""
        return self.certain and all_cover(self.matches, packets)

    def spares(self, packets: Iterable[Match]) -> bool:
        """Say whether this step surely takes none of these packets."""
        return any_excludes(self.matches, packets)


def place(chain: NftChain) -> str:
    """Return a chain as messages name it."""
    return f"{chain.family} {chain.table} {chain.name}"


def at_hook(ruleset: NftRuleset, hook: str, *families: str) -> list[NftChain]:
    """Return the base chains of a hook in the order in which a packet meets them."""
    found = [chain for chain in ruleset.chains if chain.hook == hook and chain.family in families]
    return sorted(found, key=lambda chain: chain.priority)


def walk(ruleset: NftRuleset, chain: NftChain) -> list[Step]:
    """Return all that a base chain decides, in order, with the chains that it jumps to written out."""
    chains = {(each.table, each.name): each for each in ruleset.chains if each.family == chain.family}
    return [
        replace(step, verdict=chain.policy) if step.verdict == "return" else step
        for step in _written_out(chains, chain, Step(_OF_FAMILY.get(chain.family, ()), "", True, NftRule(0, ())), 0)
    ]


def _written_out(
    chains: Mapping[tuple[str, str], NftChain], chain: NftChain, led_by: Step, depth: int
) -> Iterator[Step]:
    certain = led_by.certain
    for rule in chain.rules:
        for step in steps(rule):
            here = replace(
                step,
                matches=(*led_by.matches, *step.matches),
                certain=certain and step.certain,
                said=(*led_by.said, *step.said),
            )
            target = chains.get((chain.table, step.target)) if step.target else None
            if target is not None and depth < _DEEPEST:
                yield from _written_out(chains, target, here, depth + 1)
            elif step.verdict != "return" or not depth:
                yield here
            if step.verdict in ("return", "goto"):
                certain = False  # some have left here: what follows is met by fewer than its conditions say


def steps(rule: NftRule) -> Iterator[Step]:
    """Yield what one rule decides: nothing, one thing, or one for each element of its verdict map."""
    now = Step((), "", True, rule)
    for statement in rule.statements:
        ((name, body),) = statement.items()
        if name == "match":
            met = (read_match(body), *implied(body["left"]))
            now = replace(now, matches=(*now.matches, *met), said=(*now.said, statement))
        elif name in _VERDICTS:
            kind = _REJECTS.get((body or {}).get("type", "")) if name == "reject" else None
            now = replace(now, matches=(*now.matches, *_OF_FAMILY.get(kind or "", ())))
            yield replace(now, verdict=_VERDICTS[name], target=_target(name, body))
            return
        elif name == "vmap":
            yield from _mapped(now, body)
        elif name not in _NEUTRAL:
            now = replace(now, certain=False)


def _mapped(now: Step, body: Mapping[str, Any]) -> Iterator[Step]:
    data = body["data"]
    if not isinstance(data, Mapping) or "set" not in data:
        yield replace(now, verdict="unknown", certain=False)
        return
    for key, verdict in data["set"]:
        ((name, inner),) = verdict.items()
        comparison = {"op": "==", "left": body["key"], "right": key}
        yield replace(
            now,
            matches=(*now.matches, read_match(comparison), *implied(body["key"])),
            said=(*now.said, {"match": comparison}),
            verdict=_VERDICTS.get(name, "unknown"),
            target=_target(name, inner),
        )


def _target(name: str, body: Any) -> str:
    return str(body["target"]) if name in ("jump", "goto") else ""


def alternatives(matches: Sequence[Match]) -> list[tuple[Match, ...]]:
    """Return the conditions with each set taken apart, one for each combination of elements; none if they are many."""
    choices = [match.one_by_one() for match in matches]
    return list(product(*choices)) if prod(map(len, choices)) <= _MANY else []


def changed_fields(ruleset: NftRuleset) -> frozenset[str]:
    """Return the fields and sets that some rule changes: the same words mean another thing after it."""
    changed = set()
    for statement in (s for chain in ruleset.chains for rule in chain.rules for s in rule.statements):
        ((name, body),) = statement.items()
        if name == "mangle":
            changed.add(read_match({"op": "==", "left": body["key"], "right": 0}).field)
        elif name == "set":
            changed.add(json.dumps(body["set"]))
    return frozenset(changed)
