"""Every example that ships is valid, tells no warning, and is proved in its lab: all of its claims are kept."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shell import run

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/site.yaml"))


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
