"""Many messages of one length laid side by side, so that a field of all of them is written, or compared, at once.

::

    message 0   header | fixed | MAC | fixed | VTEP
    message 1   header | fixed | MAC | fixed | VTEP      the n-th byte of each field is one slice, stepping by the
    message 2   header | fixed | MAC | fixed | VTEP      length of a message

What is done per message in C elsewhere is done per byte of a field here: a hundred messages at once.
"""

from __future__ import annotations

import struct
from typing import Final

from netproof.kernel.netlink import Request, get_u32, message

_HEADER_SIZE: Final = 16
_FLAGS_AT, _SEQ_AT = 6, 8


class Block:
    """So many copies of one message, in whose fields the differences are then written."""

    def __init__(self, request: Request, count: int) -> None:
        template = message(request, 0, 0)
        self.size, self.count = len(template), count
        self.data = bytearray(template * count)

    def fill(self, offset: int, column: bytes) -> None:
        """Write a field that stands at `offset` of every body; `column` is the field of each, one after another."""
        self._fill(_HEADER_SIZE + offset, column)

    def numbered(self, first: int, flags_of_last: int = 0) -> bytes:
        """Return the messages, with sequence numbers from `first` on, and more flags on the last."""
        self._fill(_SEQ_AT, struct.pack(f"={self.count}I", *range(first, first + self.count)))
        self.data[-self.size + _FLAGS_AT] |= flags_of_last
        return bytes(self.data)

    def _fill(self, offset: int, column: bytes) -> None:
        width = len(column) // self.count
        for i in range(width):
            self.data[offset + i :: self.size] = column[i::width]


def common_size(datagram: bytes) -> int:
    """Return the length of the messages of a datagram if all of them have one and the same header, else 0."""
    if len(datagram) < _HEADER_SIZE:
        return 0
    size = get_u32(datagram)
    if size < _HEADER_SIZE or size % 4 or len(datagram) % size:
        return 0
    count = len(datagram) // size
    same = all(datagram[i::size] == datagram[i : i + 1] * count for i in range(_HEADER_SIZE))
    return size if same else 0
