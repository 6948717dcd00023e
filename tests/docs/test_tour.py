"""The tour works for whoever types what it shows, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"


@pytest.mark.needs("netns", "nft")
def test_tour_goes_from_an_empty_directory_to_a_proved_overlay_and_leaves_nothing(tmp_path: Path) -> None:
    """Every command of it succeeds; the proof keeps all, and the drawings show what was declared."""
    commands = "".join(re.findall(r"^```sh\n(.*?)^```$", TOUR.read_text(), re.M | re.S))
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    typed = subprocess.run(
        ["bash", "-ec", commands], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    ((kept, claims),) = re.findall(r"^(\d+) kept of (\d+) in", typed.stdout, re.M)
    assert kept == claims
    assert "VNI 100, static-l2: 203.0.113.1 ══ 203.0.113.2  203.0.113.3" in typed.stdout
    assert re.search(r"1 packets transmitted, 1 received.*1 packets transmitted, 0 received", typed.stdout, re.S)
    assert "hv1: nothing to do" not in typed.stdout
    assert "VXLAN 100" in (tmp_path / "tour" / "tour.dot").read_text()
    left = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    assert "lab.tour." not in left
