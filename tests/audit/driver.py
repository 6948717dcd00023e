"""Sick and healthy hosts: shell scripts that set up a namespace, and an audit of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from netproof.audit.audit import audit
from netproof.audit.check import Finding
from netproof.kernel.facts import gather

HERE = Path(__file__).parent
HOSTS = HERE.parent / "hosts"
"""Scripts of what hosts of several traps have in common: a script says ``. $HOSTS/NAME.sh``; all use ``$OTHER``."""


def scripts(pattern: str) -> list[Path]:
    """Return the scripts of all traps: ``TRAP/sick*.sh`` or ``TRAP/healthy*.sh``."""
    return sorted(HERE.glob(f"*/{pattern}.sh"))


def name_of(script: Path) -> str:
    """Return what a test with this script is called."""
    return f"{script.parent.name}-{script.stem}"


class Scene(NamedTuple):
    """The namespace that is audited, and another beside it, the script's ``$OTHER``; "" where it asks for none."""

    host: str
    other: str


def set_up(script: Path, make_netns: Callable[[str], str]) -> Scene:
    """Run a script in a new namespace, behind its trap's ``host.sh`` if there is one; ``$HERE`` is its name."""
    host, shared = make_netns("host"), script.with_name("host.sh")
    text = (shared.read_text() if shared.exists() else "") + script.read_text()
    other = make_netns("other") if "$OTHER" in text or "$HOSTS" in text else ""
    env = {**os.environ, "HERE": host, "OTHER": other, "HOSTS": str(HOSTS)}
    done = inside(host, "sh", "-euc", text, str(script), env=env)
    assert done.returncode == 0, done.stderr
    return Scene(host, other)


def inside(netns: str, *argv: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace."""
    return subprocess.run(["ip", "netns", "exec", netns, *argv], env=env, capture_output=True, text=True, check=False)


def found(netns: str, trap: str) -> list[Finding]:
    """Return what the check of a trap (a folder's name) finds in a namespace; it must have been run."""
    told = audit(gather(netns))
    check = trap.replace("_", "-")
    assert check not in told.not_run, told.not_run
    return [one.finding for one in told.findings if one.check.name == check]


def mend(netns: str, findings: list[Finding]) -> None:
    """Run the command of each finding."""
    for finding in findings:
        done = subprocess.run(finding.command(netns), capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"{finding.mend}: {done.stderr}")
