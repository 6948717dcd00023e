"""What one base chain of nftables accepts, a later one drops.

Symptom: a port was opened in one's own table and stays closed; the accepting rule's counter counts. Cause: `accept`
ends only the base chain in which it stands. The packet goes on to the next chain of the hook, by priority, whichever
table that is in, and has to be accepted there again; only `drop` is final (all versions). Typical of two firewalls on
one host.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from netproof.audit.check import Check, Finding
from netproof.audit.spans import L3, Match, any_excludes, equal, meta
from netproof.audit.stepindex import StepIndex
from netproof.audit.steps import Step, alternatives, at_hook, changed_fields, place, walk
from netproof.state.facts import Facts, NftChain

_HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
_FAMILIES = (("ip", "ip6", "inet"), ("bridge",))
_STATE = '{"ct": {"key": "state"}}'
_NOT_LO = Match(meta("iifname"), False, equal("", "lo").values)


def _findings(facts: Facts) -> Iterator[Finding]:
    told = set()
    changed = changed_fields(facts.nft)
    for chains in (at_hook(facts.nft, hook, *families) for hook in _HOOKS for families in _FAMILIES):
        decided = [(chain, StepIndex(walk(facts.nft, chain))) for chain in chains]
        for chain in chains:
            later = [(other, index) for other, index in decided if other.priority > chain.priority]
            for number, step in _accepting(facts, chain, changed) if later else ():
                where = f"{place(chain).replace(' ', '/')}/{number}"
                refusing = next((other for other, index in later if _refuses(other, index, step)), None)
                if refusing and where not in told:
                    told.add(where)
                    evidence = f"what handle {step.rule.handle} of {place(chain)} accepts, {place(refusing)} drops"
                    yield Finding(where, evidence, _mend(chain, refusing, step))


def _accepting(facts: Facts, chain: NftChain, changed: frozenset[str]) -> Iterator[tuple[int, Step]]:
    """Yield what a filter accepts by rules of its own whose conditions no other rule changes, with their numbers."""
    numbers = {rule.handle: number for number, rule in enumerate(chain.rules, 1)}
    for step in walk(facts.nft, chain) if chain.type == "filter" else ():
        says = any("accept" in statement for statement in step.rule.statements)
        fixed = step.certain and not any(match.field in changed for match in step.matches)
        if says and fixed and step.said and step.rule.handle in numbers:
            yield numbers[step.rule.handle], step


def _refuses(chain: NftChain, decided: StepIndex, accepted: Step) -> bool:
    """Say whether a chain surely drops some of what was accepted, and accepts nothing of its kind."""
    known = {match.field for match in accepted.matches}
    more = [equal(_STATE, "new")] if _STATE not in known else []
    more += [_NOT_LO] if chain.hook in ("prerouting", "input") and _NOT_LO.field not in known else []
    return any(_drops(chain, decided, (*each, *more)) for each in alternatives(accepted.matches))


def _drops(chain: NftChain, decided: StepIndex, packets: Sequence[Match]) -> bool:
    if chain.family in ("ip", "ip6") and any_excludes([equal(L3, chain.family)], packets):
        return False
    for step in decided.about(packets):
        if step.verdict != "drop":
            return False
        if step.takes_all(packets):
            return True
    return chain.policy == "drop"


def _mend(chain: NftChain, later: NftChain, step: Step) -> tuple[str, ...]:
    """Return the command that accepts the same in the later chain; sets of one table are not known to another."""
    if '"@' in json.dumps(step.said):
        where = (chain.family, chain.table, chain.name)
        return ("nft", "delete", "rule", *where, "handle", str(step.rule.handle))
    said: list[Any] = [*step.said, {"accept": None}]
    if chain.family in ("ip", "ip6") and later.family == "inet":
        protocol = {"ip": "ipv4", "ip6": "ipv6"}[chain.family]
        said.insert(0, {"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": protocol}})
    rule = {"family": later.family, "table": later.table, "chain": later.name, "expr": said}
    return ("nft", "-j", json.dumps({"nftables": [{"insert": {"rule": rule}}]}))


CHECK = Check(
    "nft-overridden",
    "what one chain of nftables accepts, a later one drops",
    "The rule that opens something opens nothing. The shown command accepts the same in the later chain; where a named "
    "set keeps it from that, it deletes the rule, which changes nothing for any packet.",
    "nft(8), accept; https://wiki.nftables.org, Configuring chains, base chain priority",
    _findings,
    needs=frozenset({"nft"}),
)
