"""Examples are valid, tell no warning, and are proved in their labs: all claims are kept; tests/uml has the others."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples import FOR_ANY_KERNEL
from shell import run

EXAMPLES = list(FOR_ANY_KERNEL.values())


@pytest.mark.needs("netns", "ip", "nft")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_example_is_proved_whole(example: Path, tmp_path: Path) -> None:
    """Under a name of its own, so that labs never meet: exit 0, no claim broken, inconclusive or elsewhere."""
    site = f"x{os.getpid()}-{EXAMPLES.index(example)}"
    path = tmp_path / "site.yaml"
    path.write_text(re.sub(r"(?m)^site: .*$", f"site: {site}", example.read_text()))
    argv = [sys.executable, "-m", "netproof", "prove", str(path), "--lab", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:] + done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert summary["kept"] > 0
    assert not any(count for verdict, count in summary.items() if verdict != "kept"), summary
    assert site not in run("ip", "netns", "list")
