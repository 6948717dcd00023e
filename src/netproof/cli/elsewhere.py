"""This command again, under another kernel."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def kernel_argument(parser: argparse.ArgumentParser) -> None:
    """Add --kernel."""
    parser.add_argument("--kernel", metavar="uml|PATH", help="under another kernel: User-Mode Linux, which boots here")


def under_kernel(wish: str, argv: list[str], terminal: Terminal) -> int:
    """Run ``netproof argv`` under the kernel that `wish` means, with what it prints and its exit status.

    Raises UsageError, CannotError and Interrupted, after which nothing of it is left.
    """
    from netproof.apply.signals import held
    from netproof.lab.machine.binary import kernel_file
    from netproof.lab.machine.run import run

    kernel = kernel_file(wish)
    python = [sys.executable, "-P", "-m", "netproof"]
    path = os.environ.get("PYTHONPATH")
    env = ["env", f"PYTHONPATH={path}"] if path else []
    verb, *rest = argv
    command = [*env, *python, verb, "--format", "json" if terminal.as_json else "text", *rest]
    with held() as signals, signals.at_once():
        return run(kernel, command, terminal.text, _complain)


def _complain(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
