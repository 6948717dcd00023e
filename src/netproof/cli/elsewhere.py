"""This command again, under another kernel: one that boots for it, or one that a lab stays up in."""

from __future__ import annotations

import os
import signal
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
    command = [*env, *python, *_formatted(argv, terminal)]
    with held() as signals, signals.at_once():
        return run(kernel, command, terminal.text, _complain)


def stay_up(wish: str, site: str, file: str, terminal: Terminal) -> int:
    """Bring up the lab of `site` under the kernel that `wish` means, which stays, and return the exit status.

    Raises as `under_kernel` does, and UsageError if it is up already; then, and unless the status is 0, nothing stays.
    """
    from netproof.apply.signals import held
    from netproof.lab.machine.binary import kernel_file
    from netproof.lab.machine.run import require_seen
    from netproof.lab.machine.staying import up

    require_seen(file)
    kernel = kernel_file(wish)
    with held() as signals, signals.at_once():
        return up(kernel, site, _formatted(["lab", "up", "--", file], terminal))


def where_it_stays(site: str, argv: list[str], terminal: Terminal) -> int | None:
    """Run ``netproof argv`` where the lab of `site` stays up under another kernel; None if it does not."""
    from netproof.errors import CannotError
    from netproof.lab.machine.door import is_up, netproof

    if not is_up(site):
        return None
    status = netproof(site, _formatted(argv, terminal))
    if status < 0:
        raise CannotError(f"netproof was killed by signal {-status} under the kernel of lab {site}")
    return status


def become_there(site: str, argv: list[str]) -> int | None:
    """Do as `where_it_stays` does, and pass on input, terminal and signals too, also the one that ends it."""
    from netproof.lab.machine.door import is_up, netproof

    if not is_up(site):
        return None
    try:
        status = netproof(site, argv, whole=True)
    except BrokenPipeError:
        status = -signal.SIGPIPE
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _formatted(argv: list[str], terminal: Terminal) -> list[str]:
    verb, *rest = argv
    return [verb, "--format", "json" if terminal.as_json else "text", *rest]


def _complain(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
