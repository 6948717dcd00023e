"""The report of a proof, for people and as the documented JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from netproof.proof.claim import Claim
from netproof.proof.judge import Verdict
from netproof.proof.trial import Control

Where = Literal["lab", "host", "hosts"]
"""On what was proved: a lab, one live host, or several by lines to them."""


@dataclass(frozen=True, slots=True)
class Result:
    """A judged claim. `headline` and `by` tell people what happened; of a broken one `seen` does, and `mend` why."""

    claim: Claim
    verdict: Verdict
    control: Control | None
    evidence: str
    headline: str
    by: str
    seen: str
    mend: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """A proof: its results in the order of the claims, and what was not tried. `kernel` is the release it ran on.

    One that is not `whole` was cut short: its results are what was broken by then.
    """

    site: str
    kernel: str
    where: Where
    seconds: float
    results: tuple[Result, ...]
    elsewhere: tuple[Claim, ...]
    not_claimed: tuple[str, ...]
    whole: bool = True

    @property
    def summary(self) -> dict[str, int]:
        """Count the verdicts, and the claims that can only be tried elsewhere."""
        count = Counter(r.verdict for r in self.results)
        counts = {verdict: count[verdict] for verdict in ("kept", "broken", "inconclusive")}
        return {**counts, "elsewhere": len(self.elsewhere)}

    @property
    def holds(self) -> bool:
        """Tell whether every claim that was to be tried is kept: what was cut short never holds."""
        return self.whole and all(r.verdict == "kept" for r in self.results)


def report_to_json(report: Report) -> dict[str, Any]:
    """Return `report` as the object that ``prove --format json`` prints."""
    return {
        "netproof": 1,
        "site": report.site,
        "kernel": report.kernel,
        "where": report.where,
        "seconds": round(report.seconds, 3),
        "claims": [_result_to_json(r) for r in report.results],
        "elsewhere": [c.id for c in report.elsewhere],
        "not_claimed": list(report.not_claimed),
        "summary": report.summary,
    }


def _result_to_json(result: Result) -> dict[str, Any]:
    claim = result.claim
    return {
        "id": claim.id,
        "kind": claim.kind,
        "from": claim.from_,
        "to": claim.to,
        "class": claim.class_,
        "family": claim.family,
        "expect": claim.expect,
        "verdict": result.verdict,
        "control": result.control,
        "evidence": result.evidence,
    }
