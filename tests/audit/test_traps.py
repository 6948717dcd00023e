"""Every check fires on the sick, is silent on the healthy, and is silent once the shown command has been run.

A trap is a folder named as its check: `sick*.sh`, whose first line is ``# finds: PLACE …``, and `healthy*.sh`, each
run behind `host.sh`, what all of them have in common, where the folder has one; what several traps have in common is
in `tests/hosts`. Where the command needs programs that hosts with this trap have and others do not,
``# mends with: PROGRAM …`` names them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.driver import HERE, found, mend, name_of, scripts, set_up
from netproof.audit.audit import checks

pytestmark = pytest.mark.needs("netns", "bridge", "nft")


@pytest.mark.parametrize("script", scripts("sick*"), ids=name_of)
def test_trap_is_found_and_the_shown_command_mends_it(script: Path, make_netns: Callable[[str], str]) -> None:
    """The findings are at the places that the script names; none is left when their commands have been run."""
    netns = set_up(script, make_netns).host
    findings = found(netns, script.parent.name)
    named = re.match(r"# finds: (.+)\n", script.read_text())
    assert named, f"{script} does not say what is found"
    assert sorted(finding.where for finding in findings) == sorted(named[1].split())
    programs = re.search(r"^# mends with: (.+)$", script.read_text(), re.MULTILINE)
    if not programs or all(map(shutil.which, programs[1].split())):
        mend(netns, findings)
        assert found(netns, script.parent.name) == []


@pytest.mark.parametrize("script", scripts("healthy*"), ids=name_of)
def test_healthy_host_has_no_finding(script: Path, make_netns: Callable[[str], str]) -> None:
    """What is nearly the trap, and what is set up well, is no finding."""
    assert found(set_up(script, make_netns).host, script.parent.name) == []


def test_every_check_has_a_sick_and_a_healthy_host() -> None:
    """No check goes untried, and no folder is left of a check that has gone."""
    for pattern in ("sick*", "healthy*"):
        tried = {script.parent.name.replace("_", "-") for script in scripts(pattern)}
        assert tried == set(checks())
    assert {p.name for p in HERE.iterdir() if p.is_dir() and p.name != "__pycache__"} == {
        name.replace("-", "_") for name in checks()
    }
