"""How often a packet is sent, and when: what is claimed several times, its control until one copy arrives."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any

import pytest

from netproof.proof import engine as engines
from netproof.proof.engine import COPIES, FEWER, LEAST_WAIT, Engine
from netproof.proof.flight import Flight
from netproof.proof.ground import Hear, Take
from netproof.proof.neighbourhood import AT_MOST
from netproof.proof.pace import Pace
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, RawFrame, Shot
from netproof.proof.volleys import Wave

A, B = Spot("a", "eth0"), Spot("b", "eth0")
LOST = b"lost"


class Wire:
    """A ground with an ear at each end, that loses the first copy of what says so; `bell` rings when one is heard."""

    def __init__(self) -> None:
        self.scene: Any = SimpleNamespace(live=False, site=None)
        self.ears = [SimpleNamespace(spot=spot, of_packets=True, dead=False) for spot in (A, B)]
        self.bell, self._rope = socket.socketpair()
        self._heard: list[bytes] = []
        self._lost: set[bytes] = set()
        self.carried, self.asked_at = 0, 0.0
        self.forgotten: list[tuple[bool, int, float]] = []

    def sources(self) -> Iterator[tuple[int, Hear]]:
        """Yield one for both."""
        yield self.bell.fileno(), self._hear

    def _hear(self, take: Take) -> bool:
        self.bell.recv(1 << 16)
        ear: Any = self.ears[1]
        while self._heard:
            take(ear, self._heard.pop(), False, "")
        return True

    def put(self, _spot: Spot, frame: bytes, _fate: object) -> None:
        """Carry a frame from `A` to `B`."""
        self.carried += 1
        if frame.startswith(LOST) and frame[:8] not in self._lost:
            self._lost.add(frame[:8])
            return
        self._heard.append(frame)
        self._rope.send(b"!")

    def is_wrapped(self, _spot: Spot, _frame: bytes) -> bool:
        """Say that nothing is."""
        return False

    def say(self, *_: object) -> None:
        """Note when a stack was last asked to send something."""
        self.asked_at = time.monotonic()

    def forget_neighbours(self, *, unanswered: bool) -> None:
        """Note what was forgotten, how many frames had been carried by then, and how long the last question was ago."""
        self.forgotten.append((unanswered, self.carried, time.monotonic() - self.asked_at))

    def catch_up(self) -> None:
        """Have nothing to catch up with."""

    def is_busy(self) -> bool:
        """Say that all has left."""
        return False

    def close(self) -> None:
        """Let go of the bell."""
        self.bell.close()
        self._rope.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire."""
    made = Wire()
    yield made
    made.close()


def flown(wire: Any) -> list[Flight]:
    """Fly what is claimed, a control, and one of which the first copy is lost, on `wire`; return them."""
    engine = Engine(wire, Pace())
    said = [(b"claimed.", False), (b"control.", True), (b"lost ...", True)]
    flights = [
        Flight(Shot("b", A, RawFrame(lambda t, s=s: s.ljust(14) + t), B), wire, must_land=True, is_control=c)  # type: ignore[misc]
        for s, c in said
    ]
    for flight in flights:
        engine.enlist(flight, Wave.MAIN)
    engine.fly_out(flights)
    engine.close()
    return flights


def test_control_of_a_large_proof_is_sent_again_only_where_it_did_not_arrive(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One copy that arrives is enough; what is claimed is sent as often as ever. Before that stacks make room."""
    monkeypatch.setattr(engines, "_MANY", 1)
    claimed, control, lost = flown(wire)
    assert [len(f.sent) for f in (claimed, control, lost)] == [FEWER, 1, 2]
    assert [len(f.landed) for f in (claimed, control, lost)] == [FEWER, 1, 1]
    assert [(unanswered, carried) for unanswered, carried, _ in wire.forgotten] == [(False, FEWER + 1 + 1)]


def test_everything_in_a_small_proof_is_sent_several_times(wire: Wire) -> None:
    """Controls too, all of them at once."""
    flights = flown(wire)
    assert [len(f.sent) for f in flights] == [COPIES] * 3
    assert [len(f.landed) for f in flights] == [COPIES, COPIES, COPIES - 1]


def test_what_no_stack_asks_for_is_sent_while_questions_have_their_time(wire: Any) -> None:
    """Before they are forgotten, which is no sooner than a denial may be believed."""
    engine = Engine(wire, Pace())
    asked = [
        Flight(Shot("", Spot("c", "eth0"), OwnStack(IPv4Address(n)), Spot(f"d{n}", "eth0")), wire, must_land=False)
        for n in range(AT_MOST[4] + 1)
    ]
    free = Flight(Shot("b", A, RawFrame(lambda token: bytes(14) + token), B), wire, must_land=False)
    for flight in (*asked, free):
        engine.enlist(flight, Wave.MAIN)
    engine.fly_together([*asked, free])
    engine.close()
    [(unanswered, carried, waited)] = wire.forgotten
    assert unanswered and carried == COPIES
    assert waited >= LEAST_WAIT
    assert len(free.sent) == len(free.landed) == COPIES
