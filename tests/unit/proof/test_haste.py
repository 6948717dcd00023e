"""When a proof in haste may stop: once a claim is broken, has been for a while, and is so still."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from netproof.cli.proving import holds_but_for
from netproof.proof import haste
from netproof.proof.claim import Claim
from netproof.proof.claims import probes
from netproof.proof.flight import Flight
from netproof.proof.haste import GRACE, EnoughError, Haste
from netproof.proof.parties import Spot
from netproof.proof.probe import RawFrame, Shot
from netproof.proof.report import Report
from netproof.proof.trial import Trial

REALM: Any = SimpleNamespace(silence=lambda _: None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that goes when it is told to."""
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(haste, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def on_trial(kind: Any = "reach", class_: str = "echo", expect: Any = "deliver") -> tuple[Trial, Flight]:
    """Return a claim on trial, and its one flight: two copies sent, none arrived."""
    claim = Claim(f"{kind}/a/b/{class_}/ipv4", kind, "a", "b", class_, "ipv4", expect)
    flight = Flight(Shot("b", Spot("a", "eth0"), RawFrame(bytes), Spot("b", "eth0")), REALM, must_land=True)
    flight.sent, flight.departed = [0.0, 0.0], {0, 1}
    return Trial(claim, probes()[class_], None, [flight]), flight


def test_proof_goes_on_when_what_should_arrive_does_so_late(clock: SimpleNamespace) -> None:
    """It looked broken and is not: nothing is, so there is no haste, and nothing may be left untried."""
    trial, flight = on_trial()
    hasty = Haste([trial])
    hasty.check()
    flight.landed = {0, 1}
    clock.now += 2 * GRACE
    hasty.check()
    flight.landed = set()
    hasty.check()  # and the time of grace begins anew
    clock.now += GRACE
    with pytest.raises(EnoughError):
        hasty.check()


def test_proof_stops_for_what_is_broken_still(clock: SimpleNamespace) -> None:
    """A denial that was seen to arrive is broken for good, whatever arrives late meanwhile."""
    late, flight = on_trial()
    denied, landed = on_trial("isolation", "neigh-right-mac", "deny")
    landed.landed = {0}
    hasty = Haste([late, denied])
    hasty.check()
    flight.landed = {0, 1}
    clock.now += GRACE
    with pytest.raises(EnoughError):
        hasty.check()


def test_report_of_a_proof_that_was_cut_short_never_holds() -> None:
    """However few results it has: nothing that was left untried is kept."""
    report = Report("demo", "6.18", "host", 1.0, (), (), ())
    cut_short = Report("demo", "6.18", "host", 1.0, (), (), (), whole=False)
    site: Any = SimpleNamespace(endpoints={})
    assert (report.holds, cut_short.holds) == (True, False)
    assert (holds_but_for([], site, report), holds_but_for([], site, cut_short)) == (True, False)


def test_looks_at_all_trials_take_a_fifth_of_the_time_at_most(
    clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between packets of a large site it would otherwise do little else."""
    looks = []

    def is_broken(trial: Trial) -> bool:
        clock.now += 0.5
        looks.append(trial)
        return False

    monkeypatch.setattr(haste, "is_broken", is_broken)
    hasty = Haste([on_trial()[0]])
    for _ in range(10):
        hasty.check()
    assert len(looks) == 1
    clock.now += 2.0
    hasty.check()
    assert len(looks) == 2
