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
from typing import NamedTuple

_MAGIC = b"netproof"
_LAYOUT = struct.Struct("!4sIB3x")
PULSE = 0xFFFFFFFF
"""The flight number of what the prover sends to its own ears, to hear that they hear."""


class Token(NamedTuple):
    """Which packet this is: flight number and copy."""

    flight: int
    copy: int


def new_run() -> bytes:
    """Return a mark of this run, so that what an earlier run left on the way is never taken for this one's."""
    return os.urandom(4)


def encode(run: bytes, token: Token) -> bytes:
    """Return `token` as 20 bytes."""
    return _MAGIC + _LAYOUT.pack(run, token.flight, token.copy)


def find(run: bytes, packet: bytes) -> Token | None:
    """Return the token of `run` in `packet`, wherever it stands; None if there is none."""
    at = packet.find(_MAGIC + run)
    if at < 0 or len(packet) < at + len(_MAGIC) + _LAYOUT.size:
        return None
    _, flight, copy = _LAYOUT.unpack_from(packet, at + len(_MAGIC))
    return Token(flight, copy)
