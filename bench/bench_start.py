"""How soon a command answers: `--help` beside an empty Python, and a whole `plan` of the example in a quiet lab.

A `plan` is timed as the first of its file since boot, and as one whose site is remembered.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.example import site_file
from netproof.lab.lab import down, up
from netproof.site.load import load_site

ROUNDS = 15
NETPROOF = Path(sys.executable).with_name("netproof")


def run() -> None:
    """Print the medians of alternating runs."""
    with TemporaryDirectory() as folder:
        file = site_file(Path(folder), "benchstart")
        site = load_site(file)
        down(site.name)
        up(site)
        try:
            plan = [str(NETPROOF), "plan", str(file), "--host", "hv1", "--netns", f"lab.{site.name}.hv1"]
            commands = [[sys.executable, "-c", "pass"], [str(NETPROOF), "--help"], plan, plan]
            nothing, shown, first, again = _medians(file, commands)
        finally:
            down(site.name)
    print(f"python -c pass {nothing * 1e3:.0f} ms; netproof --help {shown * 1e3:.0f} ms")
    print(
        f"  help / pass: {shown / nothing:.1f} (wanted: at most 5)   plan: first of a file {first:.3f} s, "
        f"again {again:.3f} s (wanted: at most 0.25)"
    )


def _medians(file: Path, commands: Sequence[Sequence[str]]) -> list[float]:
    # Bytecode is written, as it is for a user; what the environment of a test run says about it is not measured.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS + 1):
        file.write_bytes(file.read_bytes() + b"#\n")  # another text: what was remembered is not of it
        for command, taken in zip(commands, times, strict=True):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            taken.append(time.perf_counter() - start)
    return [median(taken[1:]) for taken in times]
