"""Golden plans: a folder's name is the requirement, walk.txt its two states, plan.txt the steps from one to the other.

Set NETPROOF_GOLDEN=write to write them anew; then read each change critically.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from laws.carrying import carry, planned
from laws.states import FOREIGN, NAMED
from netproof.change.ownership import Record
from netproof.change.plan import Plan
from netproof.kernel.memory import MemoryKernel

CASES = sorted((Path(__file__).parents[2] / "cases" / "change").iterdir())
SIGNS = {"Create": "+", "Delete": "-", "Replace": "~"}


def shown(change: Plan) -> str:
    return "".join(
        f"{SIGNS[type(p.step).__name__]} {p.step.describe()}{'' if p.impact == 'in place' else f'  ({p.impact})'}\n"
        for p in change
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_is_the_golden_one(case: Path) -> None:
    """Steps, order and impact, as a person reads them."""
    first, then = (case / "walk.txt").read_text().splitlines()
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, NAMED[first], Record())
    golden = case / "plan.txt"
    said = shown(planned(kernel, NAMED[then], record))
    if os.environ.get("NETPROOF_GOLDEN") == "write":
        golden.write_text(said)
    assert said == golden.read_text()
