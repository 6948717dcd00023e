"""How often a packet is sent: what is claimed several times, what shows that it could arrive until it does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from netproof.proof import engine as engines
from netproof.proof.engine import COPIES, FEWER, Engine
from netproof.proof.flight import Flight
from netproof.proof.ground import Hear, Take
from netproof.proof.pace import Pace
from netproof.proof.parties import Spot
from netproof.proof.probe import RawFrame, Shot
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
        if frame.startswith(LOST) and frame[:8] not in self._lost:
            self._lost.add(frame[:8])
            return
        self._heard.append(frame)
        self._rope.send(b"!")

    def is_wrapped(self, _spot: Spot, _frame: bytes) -> bool:
        """Say that nothing is."""
        return False

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
    """One copy that arrives is enough; what is claimed is sent as often as ever."""
    monkeypatch.setattr(engines, "_MANY", 1)
    claimed, control, lost = flown(wire)
    assert [len(f.sent) for f in (claimed, control, lost)] == [FEWER, 1, 2]
    assert [len(f.landed) for f in (claimed, control, lost)] == [FEWER, 1, 1]


def test_everything_in_a_small_proof_is_sent_several_times(wire: Wire) -> None:
    """Controls too, all of them at once."""
    flights = flown(wire)
    assert [len(f.sent) for f in flights] == [COPIES] * 3
    assert [len(f.landed) for f in flights] == [COPIES, COPIES, COPIES - 1]
