"""Routing rules: one family, a table where they look up one, NICs that exist."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.declared.nodes import Rule
from netproof.declared.text import meant
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet


def rules(sheet: Sheet) -> Iterator[Problem]:
    """Every rule can be given to the kernel, and stands once."""
    for name, host in sheet.written.hosts.items():
        seen: dict[str, Path] = {}
        for i, rule in enumerate(host.rules):
            path = ("hosts", name, "rules", i)
            yield from _rule(sheet, path, rule, [*host.nics, "lo"])
            before = seen.setdefault(repr(rule), path)
            if before is not path:
                yield sheet.twice(path, "the same rule stands twice", before, "take one away")


def _rule(sheet: Sheet, path: Path, rule: Rule, nics: list[str]) -> Iterator[Problem]:
    if rule.action == "lookup" and rule.table is None:
        yield sheet.document.problem(path, 'the key "table" is missing: the action lookup looks up a table')
    if rule.action != "lookup" and rule.table is not None:
        yield sheet.document.problem((*path, "table"), f"the action {rule.action} looks up no table; take it away")
    if rule.from_ is not None and rule.to is not None and rule.from_.version != rule.to.version:
        yield sheet.document.problem(path, f"from {rule.from_} and to {rule.to} are of different families")
    for key, nic in (("iif", rule.iif), ("oif", rule.oif)):
        if nic is not None and nic not in nics:
            yield sheet.document.problem((*path, key), f'{path[1]} has no NIC "{nic}"{meant(nic, nics)}')
