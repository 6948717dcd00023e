"""What `make uml` asks of the kernel it builds, and what runs under it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netproof.cli.verbs.doctor import FEATURES

ROOT = Path(__file__).parents[2]


def test_kernel_that_we_build_has_whatever_doctor_asks_for() -> None:
    """Each option that a remedy names is among those that the kernel must take."""
    wanted = {option for *_, remedy in FEATURES for option in re.findall(r"CONFIG_\w+", remedy)} | {"CONFIG_TCP_MD5SIG"}
    asked = set(re.findall(r"^(CONFIG_\w+)=y$", (ROOT / "uml" / "kernel.config").read_text(), re.M))
    assert wanted - asked == set()
    assert len(wanted) > 5


@pytest.mark.needs("uml", "root")
def test_command_is_run_under_the_other_kernel_as_it_is() -> None:
    """Its output and exit status are passed on, and it is not this kernel: so a suite that runs there says so."""
    argv = [sys.executable, str(ROOT / "uml" / "run"), "sh", "-c", "uname -r; exit 5"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (5, "")
    assert done.stdout.strip() != os.uname().release


@pytest.mark.parametrize("script", ["uml/build.sh", "qemu/run", "qemu/init", "qemu/nightly"])
def test_script_that_no_test_runs_is_a_script(script: str) -> None:
    """These take minutes, or hours, and packages: here they are only read."""
    path = ROOT / script
    assert os.access(path, os.X_OK)
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
