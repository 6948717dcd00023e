"""A claim on trial: its flights in the lab, their controls, and whatever kept them from being flown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from netproof.proof.claim import Claim
from netproof.proof.flight import Flight
from netproof.proof.probe import Probe

Control = Literal["lifted", "ends"]
_LEAN_AT_ONCE = 100
"""Claims with a prelude that are tried together: few enough for all that they lean on to be fresh."""


@dataclass(slots=True, eq=False)
class Trial:
    """Everything that the judge may look at. `ends` are pairs flown before and after; `missing`: why there are none.

    `lifted` are flown in the open twin: with the control *ends*, the honest frames of whom all is kept from. `prelude`
    are honest flights without which the others would try something else.
    """

    claim: Claim
    probe: Probe
    control: Control | None
    flights: list[Flight] = field(default_factory=list)
    prelude: list[Flight] = field(default_factory=list)
    lifted: list[Flight] = field(default_factory=list)
    ends: list[tuple[Flight, Flight]] = field(default_factory=list)
    missing: str | None = None
    failure: str | None = None


def lots_that_lean(trials: Iterable[Trial]) -> Iterator[Sequence[Trial]]:
    """Yield those of `trials` with a prelude in lots, each to be tried as soon as its preludes have flown."""
    leaning = [t for t in trials if t.prelude]
    yield from (leaning[at : at + _LEAN_AT_ONCE] for at in range(0, len(leaning), _LEAN_AT_ONCE))


def apart(trials: Iterable[Trial]) -> Iterator[list[Trial]]:
    """Yield `trials` in lots, in which no two lie about, or to, the same member.

    What one of them changes is the way to its victim and what its hearer believes. A poison is a frame that no stack
    sends, so what others believe does not matter to it; and its way is that to its own hearer, whom nobody else in the
    lot lies about. So each goes as if it were told alone.
    """
    lots: list[tuple[set[tuple[str, str]], list[Trial]]] = []
    first: dict[frozenset[tuple[str, str]], int] = {}
    for trial in trials:
        parties = frozenset(_parties(trial))
        at = first.get(parties, 0)
        while at < len(lots) and not lots[at][0].isdisjoint(parties):
            at += 1
        if at == len(lots):
            lots.append((set(), []))
        lots[at][0].update(parties)
        lots[at][1].append(trial)
        first[parties] = at + 1
    yield from (together for _, together in lots)


def _parties(trial: Trial) -> Iterator[tuple[str, str]]:
    for shot in (f.shot for f in trial.flights):
        yield shot.at.node, ""
        yield from ((member.node, "" if member.node else member.segment) for member in shot.about)
