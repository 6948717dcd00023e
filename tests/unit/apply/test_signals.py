"""Signals that are held back, and those that interrupt at once."""

from __future__ import annotations

import os
import signal
import weakref

import pytest

from netproof.apply.signals import held
from netproof.errors import Interrupted


class _Thing:
    """Something that others may watch go."""


def test_signal_amid_a_callback_of_the_interpreter_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """What is raised there is dropped: nothing is printed, and the next signal interrupts."""
    with held() as signals, pytest.raises(Interrupted), signals.at_once():
        thing = _Thing()
        watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGTERM))
        del thing
        assert watch() is None
        assert capsys.readouterr().err == ""
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")


def test_signal_amid_a_callback_counts_at_the_next_check() -> None:
    """Nobody has to send it twice, who can wait."""
    with held() as signals:
        with signals.at_once():
            thing = _Thing()
            watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGTERM))
            del thing
            assert watch() is None
        with pytest.raises(Interrupted):
            signals.check()
