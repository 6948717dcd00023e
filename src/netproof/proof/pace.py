"""How slow deliveries are: two processes share what they know, as a denial in either waits for the slowest of both."""

from __future__ import annotations

import errno
import mmap
import struct
import time
from collections.abc import Callable

_SECONDS = struct.Struct("d")
_QUEUE_PATIENCE = 1.0
_BREATH = 0.001


def patiently(send: Callable[[], bytes], meanwhile: Callable[[float], object]) -> bytes:
    """Send a frame, and again while the queue that all links of a CPU share is full (net.core.netdev_max_backlog).

    `meanwhile` waits so many seconds. Raises what `send` raises, ENOBUFS once the queue was full for a second.
    """
    deadline = time.monotonic() + _QUEUE_PATIENCE
    while True:
        try:
            return send()
        except OSError as error:
            if error.errno != errno.ENOBUFS or time.monotonic() > deadline:
                raise
        meanwhile(_BREATH)


class Pace:
    """The slowest delivery so far. What `lane` 0 and `lane` 1 note after a fork is known to both."""

    def __init__(self) -> None:
        self.lane = 0
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)

    @property
    def slowest(self) -> float:
        """Seconds that the slowest delivery took, in either lane."""
        return max(self._of(0), self._of(1))

    def note(self, seconds: float) -> None:
        """Take note of a delivery in the own lane, to which nobody else writes."""
        if seconds > self._of(self.lane):
            _SECONDS.pack_into(self._shared, _SECONDS.size * self.lane, seconds)

    def _of(self, lane: int) -> float:
        seconds: float = _SECONDS.unpack_from(self._shared, _SECONDS.size * lane)[0]
        return seconds
