"""Haste: a proof of what is to be reverted if it does not hold goes on no longer than it takes to tell why."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from netproof.proof.flight import Flight
from netproof.proof.judge import judge
from netproof.proof.trial import Trial

GRACE = 1.0
"""Seconds that a proof goes on once a claim is broken, to find what else is: of a small site nearly all of it."""
_AT_ONCE = 500
"""Packets after which it looks."""
_REST = 4
"""For how many times as long as a look took it does not look again: a look is at every trial."""


class EnoughError(Exception):
    """A claim is broken, and the time to find others is over."""


class Haste:
    """Looks, between packets, whether one of `trials` is broken already."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._trials = trials
        self._broken_since: float | None = None
        self._next_look = 0.0

    def check(self) -> None:
        """Raise EnoughError once something has been broken for longer than `GRACE`, and is so still.

        What should arrive may do so late: then it was never broken, and there is no reason to hurry.
        """
        began = time.monotonic()
        if began < self._next_look:
            return
        is_lost = any(map(is_broken, self._trials))
        now = time.monotonic()
        self._next_look = now + _REST * (now - began)
        if not is_lost:
            self._broken_since = None
        elif self._broken_since is None:
            self._broken_since = now
        if self._broken_since is not None and now - self._broken_since >= GRACE:
            raise EnoughError


def in_lots(flights: Iterable[Flight]) -> Iterator[list[Flight]]:
    """Yield `flights` in lots between which to look; those that share a packet stay together."""
    lot: list[Flight] = []
    for flight in sorted(flights, key=lambda f: f.number):
        if len(lot) >= _AT_ONCE and flight.number != lot[-1].number:
            yield lot
            lot = []
        lot.append(flight)
    if lot:
        yield lot


def is_broken(trial: Trial) -> bool:
    """Say whether a trial is lost, whatever comes: of what should arrive, only once all of it has had its time."""
    if trial.claim.expect == "deny":
        return any(f.landed or f.leaked for f in trial.flights)
    return all(f.sent for f in trial.flights) and judge(trial).verdict == "broken"
