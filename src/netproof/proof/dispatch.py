"""Messages between a proof and its outposts on other hosts: ``NP``, a length of four octets, and so much JSON.

What another machine says is read as data, never as code.

::

    proof ── [what, …]: do this ───────────────▶ outpost   as many as there are, one after the other
          ◀── {"done": …} or {"failed": …} ────┤   one answer to each, in their order
          ◀── {"heard": [[ear, packet, …], …]} ─┘   whenever there is something
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from typing import Any

from netproof.errors import CannotError, NetproofError

PROTOCOL = 3
"""Which messages there are and what they mean: one more whenever either end would misunderstand the one before."""
_HEAD = struct.Struct("!2sI")
_MAGIC = b"NP"
LARGEST = 1 << 24
"""Octets of the largest message that is taken."""


def said(message: object) -> bytes:
    """Return `message`, made of what JSON knows, as it goes over a connection."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return _HEAD.pack(_MAGIC, len(text)) + text


def say(descriptor: int, *messages: object) -> None:
    """Write `messages` in one go. Raises BrokenPipeError if nobody is there to read them."""
    left = memoryview(b"".join(map(said, messages)))
    while left:
        left = left[os.write(descriptor, left) :]


class Inbox:
    """What has come over a connection so far."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Any]:
        """Yield every message that `chunk` completes. Raises ValueError if that is no message."""
        self._bytes += chunk
        while len(self._bytes) >= _HEAD.size:
            magic, length = _HEAD.unpack_from(self._bytes)
            if magic != _MAGIC:
                raise ValueError(self._bytes[:200].decode(errors="replace"))
            if length > LARGEST:
                raise ValueError(f"a message of {length} octets, which is more than any has")
            end = _HEAD.size + length
            if len(self._bytes) < end:
                return
            text = bytes(self._bytes[_HEAD.size : end])
            del self._bytes[:end]
            try:
                message = json.loads(text)
            except RecursionError:
                raise ValueError("a message in more brackets than any has") from None
            yield message


def failure(error: OSError | NetproofError) -> dict[str, Any]:
    """Return how an outpost tells of `error`."""
    if isinstance(error, OSError):
        return {"failed": error.strerror or str(error), "errno": error.errno}
    return {"failed": str(error), "exit": error.exit_code}


def result(answer: dict[str, Any]) -> Any:
    """Return what an answer says was done. Raises OSError or CannotError as the outpost did."""
    if "failed" not in answer:
        return answer["done"]
    if "exit" in answer:
        raise CannotError(answer["failed"])
    raise OSError(*([answer["errno"]] if answer["errno"] else []), answer["failed"])
