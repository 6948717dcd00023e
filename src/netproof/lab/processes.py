"""The processes that run inside a lab's namespaces, and their end.

A process is *in* a namespace if its main thread is: a program that merely visits (a monitor, a prover) is left alone.
A pidfd names a process for good, so that no other that was given its number since is hit.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from netproof.errors import ApplyError

Identity = tuple[int, int]
"""Device and inode of a network namespace, while somebody holds it."""

GRACE = 0.5
"""Seconds that a process is given to end by itself."""
ROUNDS = 20
"""How often the dying are counted again: a process may fork while it is being ended."""


def inside(namespaces: frozenset[Identity]) -> Iterator[tuple[int, Identity]]:
    """Yield the id and the namespace of every process in one of `namespaces`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            found = _namespace_of(int(entry.name))
            if found in namespaces:
                yield int(entry.name), found


def _namespace_of(pid: int) -> Identity:
    try:
        stat = Path(f"/proc/{pid}/ns/net").stat()
    except OSError:  # it ended meanwhile, or is a zombie and has none
        return (0, 0)
    return (stat.st_dev, stat.st_ino)


def end(namespaces: frozenset[Identity]) -> int:
    """End every process in `namespaces`, by SIGTERM, then by SIGKILL, and wait until all are gone; return their number.

    Raises ApplyError if some will not go (they hang in the kernel).
    """
    ended = _signal_all(namespaces, signal.SIGTERM)
    for _ in range(ROUNDS):
        killed = _signal_all(namespaces, signal.SIGKILL)
        if not killed:
            return len(ended)
        ended |= killed
    stuck = ", ".join(str(pid) for pid, _ in inside(namespaces))
    raise ApplyError(f"processes that do not end are still in the lab: {stuck}")


def _signal_all(namespaces: frozenset[Identity], number: signal.Signals) -> set[int]:
    """Send `number` to every process in `namespaces`, wait for their end, at most `GRACE`; return their ids."""
    with ExitStack() as stack:
        pidfds: dict[int, int] = {}
        for pid, found in inside(namespaces):
            pidfd = _open(pid, found)
            if pidfd is not None:
                pidfds[pid] = pidfd
                stack.callback(os.close, pidfd)
        for pidfd in pidfds.values():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, number)
        _wait(set(pidfds.values()))
        return set(pidfds)


def _open(pid: int, namespace: Identity) -> int | None:
    """Return a pidfd of the process `pid` if it is (still) in `namespace`."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if _namespace_of(pid) == namespace:
        return pidfd
    os.close(pidfd)
    return None


def _wait(pidfds: set[int]) -> None:
    poller = select.poll()
    for pidfd in pidfds:
        poller.register(pidfd, select.POLLIN)
    deadline = time.monotonic() + GRACE
    while pidfds and (left := deadline - time.monotonic()) > 0:
        for pidfd, _ in poller.poll(left * 1000):
            poller.unregister(pidfd)
            pidfds.discard(pidfd)
