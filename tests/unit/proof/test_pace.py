"""A full queue is waited for; whatever else is wrong is told at once."""

from __future__ import annotations

import errno

import pytest

from netproof.proof.pace import patiently


def test_full_queue_is_waited_for() -> None:
    """What the kernel had no room for has not been sent: it is, once there is room."""
    answers = [OSError(errno.ENOBUFS, "full"), OSError(errno.ENOBUFS, "full"), b"sent"]
    waited: list[float] = []

    def send() -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    assert patiently(send, waited.append) == b"sent"
    assert len(waited) == 2


def test_other_failures_are_told_at_once() -> None:
    """Only a full queue empties by itself."""

    def send() -> bytes:
        raise OSError(errno.ENETDOWN, "down")

    with pytest.raises(OSError, match="down"):
        patiently(send, lambda _: pytest.fail("waited"))
