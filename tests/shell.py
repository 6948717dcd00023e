"""Running other people's tools in tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Collection
from typing import NoReturn

import pytest


def lacks(what: str) -> NoReturn:
    """Skip the test at home, and fail it in CI, because this machine lacks something."""
    say = pytest.fail if os.environ.get("CI") else pytest.skip
    say(f"this machine lacks: {what}")


def run(*argv: str, check: bool = True) -> str:
    """Run a command and return its output; fail the test with its stderr if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if check and done.returncode:
        pytest.fail(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def eventually(predicate: Callable[[], bool], within: float = 5.0) -> bool:
    """Wait until `predicate` holds; say whether it ever did."""
    end = time.monotonic() + within
    while not predicate():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def remove_labs(sites: Collection[str]) -> None:
    """Remove the labs and twins of `sites`, namespaces and folders, by other means than ours."""
    for line in run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if any(name.startswith((f"lab.{site}.", f"twin.{site}.")) for site in sites):
            run("ip", "netns", "del", name, check=False)
    for site in sites:
        for kind in ("lab", "twin"):
            shutil.rmtree(f"/run/netproof/{kind}/{site}", ignore_errors=True)
