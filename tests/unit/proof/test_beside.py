"""Work in a process of its own: its result, its failure, its death, and its end when nobody wants it any more."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import Any

import pytest

from netproof.errors import CannotError
from netproof.proof.beside import beside
from netproof.proof.pace import Pace


def _asleep(link: socket.socket) -> int:
    time.sleep(60)
    return 0


def _killed(link: socket.socket) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def _failing(link: socket.socket) -> int:
    raise ValueError("no such thing")


def test_result_is_what_the_work_returned() -> None:
    """However large it is, and whether or not somebody listened meanwhile."""
    with beside("it", lambda _link: b"x" * (4 << 20)) as process:
        while process.listen():
            time.sleep(0.01)
        assert len(process.result()) == 4 << 20
    with beside("it", lambda _link: {"a": 1}) as process:
        assert process.result() == {"a": 1}


@pytest.mark.parametrize(("work", "why"), [(_killed, "SIGKILL"), (_failing, "ValueError: no such thing")])
@pytest.mark.parametrize("listening", [True, False])
def test_death_and_failure_are_one_sentence(work: Any, why: str, listening: bool) -> None:
    """Noticed while listening, or when the result is wanted."""
    with pytest.raises(CannotError, match=f"it could not be finished: .*{why}"), beside("it", work) as process:
        while listening and process.listen():
            time.sleep(0.01)
        process.result()


def test_process_is_gone_when_its_block_is_left() -> None:
    """By whatever: a Ctrl-C among others, to which it is deaf itself."""
    pids = []
    with pytest.raises(KeyboardInterrupt), beside("it", _asleep) as process:
        pids.append(process._pid)
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_process_notices_that_its_parent_is_gone() -> None:
    """The link can be read then: that is its end."""

    def orphan(link: socket.socket) -> bool:
        return link.recv(1) == b""

    def parent(_link: socket.socket) -> int:
        with beside("it", orphan) as process:
            process.link.shutdown(socket.SHUT_WR)
            return process.result()

    with beside("parent", parent) as process:
        assert process.result()


def test_slowest_delivery_of_either_process_is_known_to_both() -> None:
    """Each notes its own."""
    pace = Pace()
    pace.note(0.1)

    def work(_link: socket.socket) -> float:
        pace.lane = 1
        pace.note(0.3)
        pace.note(0.2)
        return pace.slowest

    with beside("it", work) as process:
        assert process.result() == 0.3
    assert pace.slowest == 0.3
