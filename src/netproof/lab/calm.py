"""Interruptions that wait: a thread of work is never cut off in its midst, only between one piece and the next.

Python runs signal handlers in the main thread. Were Ctrl-C raised there while another thread makes namespaces, that
one would go on while the first already takes the lab away. So signals are held back, and let through at `breathe`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def calm() -> Iterator[Callable[[], None]]:
    """Hold interruptions back; call what this yields where one may come through (it then raises there)."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)

    def breathe() -> None:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)

    try:
        yield breathe
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
