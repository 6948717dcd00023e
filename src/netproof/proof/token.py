"""The mark that a probe carries wherever there is room for one, by which it is known wherever it comes out.

::

    0        8      12       16     17    20
    +--------+------+--------+------+-----+
    |netproof| run  | flight | copy | 0 0 0|
    +--------+------+--------+------+-----+
"""

from __future__ import annotations

import os
import struct

MAGIC = b"netproof"
_TOKEN = struct.Struct("!IB3x")
PULSE = 0xFFFFFFFF
"""The flight number of what the prover sends to its own ears, to hear that they hear."""

REPLY = 0x80
"""Set in the copy of a mark: this is what the receiver said to that copy."""
AHEAD = 0x40
"""Set in the copy of a mark: this is what somebody said before that copy."""


Token = tuple[int, int]
"""Which packet this is: flight number and copy."""


def ahead_of(mark: bytes) -> bytes:
    """Return the mark of what is said before the packet that bears `mark`."""
    number, copy = _TOKEN.unpack(mark[-_TOKEN.size :])
    return mark[: -_TOKEN.size] + _TOKEN.pack(number, copy | AHEAD)


class Marks:
    """The marks of one run: what an earlier run left on the way is never taken for this one's."""

    def __init__(self) -> None:
        self._head = MAGIC + os.urandom(4)

    def encode(self, flight: int, copy: int) -> bytes:
        """Return the mark of a packet, 20 bytes."""
        return self._head + _TOKEN.pack(flight, copy)

    def find(self, packet: bytes) -> Token | None:
        """Return the token of this run in `packet`, wherever it stands; None if there is none."""
        at = packet.find(self._head)
        if at < 0 or len(packet) < at + len(self._head) + _TOKEN.size:
            return None
        flight, copy = _TOKEN.unpack_from(packet, at + len(self._head))
        return flight, copy
