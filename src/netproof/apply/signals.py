"""Ctrl-C and SIGTERM during a transaction: remembered, and acted upon where nothing is half done."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from netproof.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Whether somebody asked to stop. `check` raises Interrupted then; inside `at_once` the signal itself does."""

    def __init__(self) -> None:
        self._asked = False
        self._at_once = False

    def check(self) -> None:
        """Raise Interrupted if somebody asked."""
        if self._asked:
            raise Interrupted

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a signal interrupt what is done here: something long that leaves nothing half done."""
        self.check()
        self._at_once = True
        former = sys.unraisablehook

        def dropped(told: sys.UnraisableHookArgs) -> None:
            """The interpreter drops what a callback raises: the next signal interrupts then, or the next check."""
            if told.exc_type is Interrupted:
                self._at_once = True
            else:
                former(told)

        sys.unraisablehook = dropped
        try:
            yield
        finally:
            sys.unraisablehook = former
            self._at_once = False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if self._at_once:
            self._at_once = False  # a second one must not disturb what puts things in order after the first
            raise Interrupted


@contextmanager
def held() -> Iterator[Signals]:
    """Hold signals back until the end of the block, in which the caller checks for them."""
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    former = {number: signal.signal(number, signals._on_signal) for number in _SIGNALS}
    try:
        yield signals
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
