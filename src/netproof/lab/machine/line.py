"""What is said over the line between this kernel and the other: frames of numbered channels.

::

    client ═ unix socket ═ keeper ═ serial line ═ attendant ─ a command for each channel
             one channel            all channels

Whoever starts a command speaks on a channel of its own. Of the streams, each side sends no more than a `WINDOW` that
the other has not taken, so that one who does not listen holds up nobody else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

WINDOW = 1 << 18
"""Octets of a command's input, and of all its output, that may be on their way."""
ROOM = 3072
"""Octets that may be on their way to the other kernel: its terminal holds 4,096, and once full it may wait for ever."""
_HEAD = struct.Struct("!IBI")


class Kind(IntEnum):
    """What a frame says; beside it, what is in it."""

    READY = 0  # the attendant listens: nothing
    START = 1  # a command: JSON of `Command`
    INPUT = 2  # for its standard input; nothing: that is the end of it
    OUTPUT = 3
    ERRORS = 4
    TAKEN = 5  # so many octets of a stream have been taken, or on channel 0 of the line: a number
    SIGNAL = 6  # its process group gets it: a number
    SIZE = 7  # of its terminal: rows, columns
    HUNG_UP = 8  # nobody listens to the command any more: nothing
    END = 9  # it has ended: its exit status, negative for a signal


class Frame(NamedTuple):
    """One of them."""

    channel: int
    kind: Kind
    content: bytes = b""

    def numbers(self) -> tuple[int, ...]:
        """Return the numbers in it."""
        return struct.unpack(f"!{len(self.content) // 4}i", self.content)


def numbered(channel: int, kind: Kind, *numbers: int) -> Frame:
    """Return a frame of numbers."""
    return Frame(channel, kind, struct.pack(f"!{len(numbers)}i", *numbers))


def encoded(frame: Frame) -> bytes:
    """Return a frame as it is on the line."""
    return _HEAD.pack(frame.channel, frame.kind, len(frame.content)) + frame.content


class Decoder:
    """Puts frames together from the pieces that a line yields."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete with `piece`."""
        self._rest += piece
        while len(self._rest) >= _HEAD.size:
            channel, kind, length = _HEAD.unpack_from(self._rest)
            end = _HEAD.size + length
            if len(self._rest) < end:
                return
            content = bytes(self._rest[_HEAD.size : end])
            del self._rest[:end]
            yield Frame(channel, Kind(kind), content)
