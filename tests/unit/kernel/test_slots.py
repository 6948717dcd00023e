"""Many datagrams by one system call."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from struct import pack

import pytest

from netproof.kernel.slots import Slots


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with near, far:
        far.setblocking(False)
        yield near, far


def said(seq: int, body: bytes) -> bytes:
    return pack("=IHHII", 16 + len(body), 28, 0, seq, 0) + body


@pytest.mark.parametrize("bodies", [[b"aaaa", b"bbbb"], [b"aaaa", b"bbbbbbbb", b""]], ids=["alike", "of-all-sizes"])
def test_messages_come_as_they_were_sent(wire: tuple[socket.socket, socket.socket], bodies: list[bytes]) -> None:
    """With kind, number and body, in their order, also the second time."""
    near, far = wire
    slots = Slots(4)
    for _ in range(2):
        for seq, body in enumerate(bodies):
            near.send(said(seq, body))
        assert list(slots.take(far, 4)) == [(28, seq, body) for seq, body in enumerate(bodies)]


def test_no_more_messages_come_than_are_asked_for(wire: tuple[socket.socket, socket.socket]) -> None:
    """The rest is there the next time."""
    near, far = wire
    slots = Slots(4)
    for seq in range(5):
        near.send(said(seq, b"aaaa"))
    assert [[seq for _, seq, _ in slots.take(far, most)] for most in (3, 4)] == [[0, 1, 2], [3, 4]]


def test_message_larger_than_its_slot_is_an_error(wire: tuple[socket.socket, socket.socket]) -> None:
    """It is cut, and never taken for whole."""
    near, far = wire
    near.send(said(1, b"a" * 2000))
    with pytest.raises(OSError) as refused:
        Slots(4).take(far, 4)
    assert refused.value.errno == errno.EMSGSIZE


def test_silence_is_an_error(wire: tuple[socket.socket, socket.socket]) -> None:
    """Nothing comes in time: the caller is told, and not kept."""
    with pytest.raises(BlockingIOError):
        Slots(4).take(wire[1], 4)
