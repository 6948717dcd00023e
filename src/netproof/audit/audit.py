"""All checks over the facts of one host, beside the findings that its administrator has accepted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from netproof.audit.check import Check, Finding
from netproof.registry import variants
from netproof.state.facts import Facts


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the check that made it."""

    check: Check
    finding: Finding

    @property
    def id(self) -> str:
        """What it is known by from run to run."""
        return f"{self.check.name}/{self.finding.where}"


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit told: findings, those of them that were accepted before, those accepted that are there no more,
    and by name each check that could not be run, with the reason.
    """

    findings: tuple[Found, ...]
    accepted: tuple[Found, ...]
    vanished: tuple[str, ...]
    not_run: Mapping[str, str]


def checks() -> dict[str, Check]:
    """Return all checks by name."""
    return variants("netproof.audit.checks", "CHECK")


def audit(facts: Facts, accepted: Collection[str] = ()) -> Audit:
    """Run every check for which there are facts. `accepted` are the ids of findings not to be counted.

    What a check that was not run had found is neither there nor vanished.
    """
    not_run = {check.name: why for check in checks().values() if (why := _lacks(check, facts))}
    found = [
        Found(check, finding)
        for check in checks().values()
        if check.name not in not_run
        for finding in check.findings(facts)
    ]
    ids = {one.id for one in found}
    return Audit(
        tuple(one for one in found if one.id not in accepted),
        tuple(one for one in found if one.id in accepted),
        tuple(sorted(id_ for id_ in accepted if id_ not in ids and id_.partition("/")[0] not in not_run)),
        not_run,
    )


def _lacks(check: Check, facts: Facts) -> str:
    return "; ".join(facts.lacking[need] for need in sorted(check.needs) if need in facts.lacking)
