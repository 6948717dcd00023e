"""A rule of nftables that no packet ever reaches, for an earlier one of its chain takes them all.

Symptom: an address was blocked and goes on talking; a port was opened and stays closed; the rule's counter stays 0.
Cause: rules are asked in order, and the first verdict counts. `add rule` puts a rule last, behind the general ones.
Only rules whose verdict is another than the earlier one's are told; and none that is behind a rule whose meaning is
not certain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.spans import all_cover
from netproof.audit.stepindex import StepIndex
from netproof.audit.steps import Step, changed_fields, place, steps
from netproof.state.facts import Facts, NftChain

_ENDS = frozenset({"accept", "drop", "goto", "return"})
_WRITABLE = frozenset({"match", "counter", "log", "limit", "accept", "drop", "reject", "jump", "goto"})


def _findings(facts: Facts) -> Iterator[Finding]:
    changed = changed_fields(facts.nft)
    for chain in facts.nft.chains:
        before = StepIndex()
        for number, rule in enumerate(chain.rules, 1):
            here = list(steps(rule))
            wide = _taken_by(before.about(here[0].matches), here[0]) if len(here) == 1 else None
            if wide:
                evidence = f"rule {number} of {place(chain)}, handle {rule.handle}, is behind handle {wide.rule.handle}"
                where = f"{place(chain).replace(' ', '/')}/{number}"
                yield Finding(where, f"{evidence}, which takes all that it is about", _mend(chain, here[0], wide))
            for step in here:
                if step.verdict in _ENDS and not _is_changed(step, changed):
                    before.add(step)


def _taken_by(before: list[Step], step: Step) -> Step | None:
    """Return the earlier step with another verdict that surely takes all packets of this one."""
    if step.verdict not in ("accept", "drop", "jump", "goto"):
        return None
    end = (step.verdict, step.target)
    wide = next((w for w in before if (w.verdict, w.target) != end and w.takes_all(step.matches)), None)
    if wide is None:
        return None
    earlier = before[: before.index(wide)]
    return None if any((w.verdict, w.target) == end and w.takes_all(step.matches) for w in earlier) else wide


def _is_changed(step: Step, changed: frozenset[str]) -> bool:
    """Say whether some rule changes what this step looks at: then it may be met later by what it did not take."""
    return any(match.field in changed or any(value.low in changed for value in match.values) for match in step.matches)


def _mend(chain: NftChain, step: Step, wide: Step) -> tuple[str, ...]:
    """Return the command that puts a narrower rule before the wider one; one that is as wide, it deletes."""
    rule = {"family": chain.family, "table": chain.table, "chain": chain.name}
    written = {name for statement in step.rule.statements for name in statement}
    if all_cover(step.matches, wide.matches) or not written <= _WRITABLE:
        return ("nft", "delete", "rule", *rule.values(), "handle", str(step.rule.handle))
    commands = [
        {"insert": {"rule": {**rule, "handle": wide.rule.handle, "expr": step.rule.statements}}},
        {"delete": {"rule": {**rule, "handle": step.rule.handle}}},
    ]
    return ("nft", "-j", json.dumps({"nftables": commands}))


CHECK = Check(
    "nft-shadowed",
    "a rule of nftables is never reached",
    "What it says does not happen. The shown command puts it where it counts, before the wider rule; one that only "
    "contradicts the earlier rule is deleted, which changes nothing for any packet.",
    "nft(8), rules; https://wiki.nftables.org, Simple rule management",
    _findings,
    needs=frozenset({"nft"}),
)
