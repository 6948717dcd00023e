"""The whole `netproof prove --lab` of the example, as a user waits for it: labs built, all claims tried, labs gone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.example import site_file

ROUNDS = 7
NETPROOF = Path(sys.executable).with_name("netproof")


def run() -> None:
    """Print the median."""
    times = []
    with TemporaryDirectory() as folder:
        file = site_file(Path(folder), "benchprove")
        for _ in range(ROUNDS):
            start = time.perf_counter()
            done = subprocess.run(
                [NETPROOF, "prove", file, "--lab", "--format", "json"], check=True, capture_output=True, text=True
            )
            times.append(time.perf_counter() - start)
    claims = len(json.loads(done.stdout)["claims"])
    print(f"prove --lab: {claims} claims in {median(times):.2f} s (wanted: at most 3)")
