"""Labs as seen from outside: what they leave, and a visit to a node."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shell import run


def traces(site: str) -> list[str]:
    """Return everything that a lab of `site` could have left, as other tools see it."""
    names = [line for line in run("ip", "netns", "list").splitlines() if f".{site}." in line]
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f".{site}." in line]
    places = [Path("/run/netns"), *(Path("/run/netproof") / kind for kind in ("lab", "twin"))]
    files = [str(p) for place in places if place.is_dir() for p in place.iterdir() if site in p.name]
    return names + mounts + files


def names_of(links: str) -> list[str]:
    """Return the names in what `ip -o link` tells."""
    return [line.split(":")[1].strip().partition("@")[0] for line in links.splitlines()]


def visit(site: str, node: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a node, in a process of its own."""
    code = "import sys; from netproof.lab.visit import execute; execute(sys.argv[1], sys.argv[2], sys.argv[3:])"
    return subprocess.run([sys.executable, "-c", code, site, node, *argv], capture_output=True, text=True, check=False)


def eventually(predicate: Callable[[], bool], *, within: float) -> None:
    """Return once `predicate` holds; fail the test if it does not within so many seconds."""
    deadline = time.monotonic() + within
    while not predicate():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come true within {within} s")
        time.sleep(0.01)
