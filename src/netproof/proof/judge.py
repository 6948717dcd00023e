"""The judge: from tallies to a verdict. It knows no mechanism, reads no configuration, and doubts before it believes.

A packet where it must not be is proof. Silence is none, unless the packet left, who listens hears, and the same
packet arrived where nothing was in its way. Whatever falls short of that is inconclusive, which is not kept.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from netproof.proof.flight import Flight
from netproof.proof.probe import OwnStack
from netproof.proof.trial import Trial

Verdict = Literal["kept", "broken", "inconclusive"]
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EMSGSIZE}
"""What an IP stack says when the network does not reach: an outcome of an honest probe, not a failure to try it."""
_FRESH = 10.0
"""Seconds that a connection is believed to be remembered: a third of what connection tracking gives the shortest."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the observations that it rests on, in one sentence."""

    verdict: Verdict
    evidence: str


def judge(trial: Trial) -> Judgement:
    """Return the verdict on `trial`."""
    if trial.failure or not trial.flights:
        return Judgement("inconclusive", trial.failure or "there was nothing to send")
    if trial.claim.expect == "deliver":
        return _judge_delivery(trial)
    return _judge_denial(trial)


def _judge_delivery(trial: Trial) -> Judgement:
    seen = counted(trial.flights)
    if any(f.errno in _NO_WAY for f in trial.flights):
        return Judgement("broken", next(f.failure or "" for f in trial.flights if f.errno in _NO_WAY))
    if any(f.leaked for f in trial.flights if f.shot.trail):
        return Judgement("broken", f"{seen}, which is off its way")
    if all(f.sent and len(f.landed) == len(f.sent) for f in trial.flights):
        doubt = _unwatched(trial.flights)
        return Judgement("inconclusive", f"{seen}; {doubt}") if doubt else Judgement("kept", seen)
    doubt = _unsent(trial.flights) or _deaf(trial.flights)
    if doubt:
        return Judgement("inconclusive", f"{seen}; {doubt}")
    return Judgement("broken" if any(not f.landed for f in trial.flights) else "inconclusive", seen)


def _judge_denial(trial: Trial) -> Judgement:
    seen = counted(trial.flights)
    tried = [f for f in trial.flights if not _is_refused(trial, f)]
    if len(tried) < len(trial.flights):
        why = "as too large" if trial.claim.kind == "mtu" else "for want of a way"
        seen += f", {len(trial.flights) - len(tried)} refused {why} by the sender's own stack"
    said, doubt = _control(trial)
    if any(f.landed or f.leaked for f in trial.flights):
        return Judgement("broken", f"{seen}; {said}")
    doubt = _unprepared(trial.prelude, tried) or _unsent(tried) or _not_left(tried) or _deaf(trial.flights) or doubt
    if doubt:
        return Judgement("inconclusive", f"{seen}; {doubt}")
    return Judgement("kept", f"{seen}; {said}")


def _is_refused(trial: Trial, flight: Flight) -> bool:
    """Tell whether the sender's own stack did not take a packet, for its size or way, where that is what is tried."""
    if trial.claim.kind == "path":
        return isinstance(flight.shot.load, OwnStack) and flight.errno in _NO_WAY
    return trial.claim.kind == "mtu" and flight.errno == errno.EMSGSIZE


def _control(trial: Trial) -> tuple[str, str | None]:
    """Return what the control showed, and the doubt that it leaves."""
    if trial.missing:
        return f"no control: {trial.missing}", f"no control: {trial.missing}"
    if trial.control == "lifted":
        return _lifted(trial.lifted)
    honest = [*(f for pair in trial.ends for f in pair), *trial.lifted]
    lost = [f for f in honest if not f.landed]
    if lost or not honest:
        where = ", ".join(sorted({f"{f.shot.sender.node} to {f.shot.at.node}" for f in lost})) or "nobody to ask"
        return "control ends: missing", f"no control: the honest frame did not arrive before and after: {where}"
    if trial.probe.ends:
        return f"control ends: before and after, {delivered(f for pair in trial.ends for f in pair)}", None
    apart = ", in the open twin who is kept apart from all" if trial.lifted else ""
    return f"control ends: before and after, both ends heard such a frame of their own{apart}", None


def _lifted(flights: list[Flight]) -> tuple[str, str | None]:
    if not flights:
        return "no control", "no control: there is no open twin"
    said = f"control lifted: {delivered(flights)}"
    failed = next((f.failure for f in flights if f.failure), None)
    lost = [f.shot.target for f in flights if not f.landed]
    if failed or lost:
        return said, f"no control: in the open twin {failed or 'nothing arrived for ' + ', '.join(lost)}"
    return said, None


def counted(flights: Iterable[Flight]) -> str:
    """Return how many were sent and where they came out: ``4 sent, 0 delivered``."""
    flights = list(flights)
    sent, landed = sum(len(f.sent) for f in flights), sum(len(f.landed) for f in flights)
    told = f"{landed} delivered"
    if any(f.shot.reply or f.shot.echoed for f in flights):
        told = f"{sum(len(f.answered) for f in flights)} delivered, {landed} answers came back"
    return "".join((f"{sent} sent, {told}", *(f", {n} at {where}" for where, n in leaks(flights).items())))


def delivered(flights: Iterable[Flight]) -> str:
    """Return ``4 of 4 delivered``."""
    flights = list(flights)
    return f"{sum(len(f.landed) for f in flights)} of {sum(len(f.sent) for f in flights)} delivered"


def leaks(flights: Iterable[Flight]) -> dict[str, int]:
    """Return where else packets came out that must not be there, with how many."""
    found: dict[str, int] = {}
    for flight in flights:
        for spot, times in flight.leaked.items():
            place = f"{spot.node} ({spot.where})"
            found[place] = found.get(place, 0) + times
    return found


def _unprepared(prelude: list[Flight], tried: list[Flight]) -> str | None:
    """Return why what was tried may have leant on nothing: it never came to be, or may be forgotten by now."""
    lost = next((f.shot for f in prelude if not f.landed), None)
    if lost:
        return f"what it leans on was not there: {lost.sender.node} did not reach {lost.target}"
    unheard = next((f.shot for f in tried if _is_unannounced(f)), None)
    if unheard:
        return f"what comes before it did not arrive: {unheard.target}"
    began = min((f.sent[0] for f in prelude if f.sent), default=0.0)
    age = max((f.sent[-1] for f in tried if f.sent), default=0.0) - began
    return f"what it leans on was {age:.0f} s old" if prelude and age > _FRESH else None


def _is_unannounced(flight: Flight) -> bool:
    ahead = flight.shot.forerunner
    return ahead is not None and ahead.heard_at is not None and len(flight.announced) < len(flight.sent)


def _unsent(flights: list[Flight]) -> str | None:
    return next((f.failure or "it was not sent" for f in flights if f.failure or not f.sent), None)


def _not_left(flights: list[Flight]) -> str | None:
    stuck = [f for f in flights if not f.left]
    return f"{stuck[0].shot.sender.node}: it was not seen to leave {stuck[0].shot.sender.where}" if stuck else None


def _unwatched(flights: list[Flight]) -> str | None:
    """Return why somebody may not have heard what went off its way."""
    spots = {(f.realm, spot) for f in flights if f.shot.trail for spot in f.shot.trail.watched}
    return next((s for realm, spot in spots if (s := realm.silence(spot))), None)


def _deaf(flights: list[Flight]) -> str | None:
    """Return why a receiver may not hear, or a sender may speak into a cut wire: both have a pulse of their own."""
    spots = ((f.realm, spot) for f in flights for spot in (f.shot.at, f.shot.sender))
    return next((s for realm, spot in spots if (s := realm.silence(spot))), None)
