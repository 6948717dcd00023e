"""Running other people's tools in tests."""

from __future__ import annotations

import subprocess

import pytest


def run(*argv: str, check: bool = True) -> str:
    """Run a command and return its output; fail the test with its stderr if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if check and done.returncode:
        pytest.fail(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout
