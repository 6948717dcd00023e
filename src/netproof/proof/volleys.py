"""Packets that several flights would send alike are sent once; each flight looks for them at a place of its own.

One broadcast that must come out nowhere is so a claim about every place where it could.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from netproof.proof.flight import Flight
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, Shot


class Wave(Enum):
    """What is sent together. What flies `ALONE` shares its packets with nobody."""

    BEFORE = auto()
    MAIN = auto()
    AFTER = auto()
    ALONE = auto()


@dataclass(slots=True, eq=False)
class _Volley:
    """The flights of one packet. They share what is noted of its sending, and hold the same spots innocent."""

    flights: list[Flight]
    hearers: dict[Spot, list[Flight]] = field(default_factory=dict)

    def join(self, flight: Flight) -> None:
        flight.number, flight.sent, flight.departed = (
            self.flights[0].number,
            self.flights[0].sent,
            self.flights[0].departed,
        )
        self.flights.append(flight)
        self.hearers.setdefault(flight.shot.at, []).append(flight)


class Volleys:
    """Every packet of a proof by its number, with the flights that it is of."""

    def __init__(self) -> None:
        self._volleys: list[_Volley] = []
        self._alike: dict[tuple[object, ...], _Volley] = {}

    def board(self, flight: Flight, wave: Wave) -> None:
        """Give `flight` the number of its packet: that of one of its wave which says the same, or one of its own."""
        key = None if wave is Wave.ALONE else _said(flight, wave)
        if key is not None and (volley := self._alike.get(key)):
            volley.join(flight)
            return
        flight.number = len(self._volleys)
        self._volleys.append(volley := _Volley([flight], {flight.shot.at: [flight]}))
        if key is not None:
            self._alike[key] = volley

    def __len__(self) -> int:
        return len(self._volleys)

    def of(self, number: int) -> list[Flight]:
        """Return the flights of the packet `number`; none for a number that was never given."""
        return self._volleys[number].flights if number < len(self._volleys) else []

    def concerned(self, number: int, spot: Spot, *, outgoing: bool) -> list[Flight]:
        """Return the flights for which it means something that the packet `number` is seen at `spot`."""
        flights = self.of(number)
        if len(flights) < 2:
            return flights
        if outgoing:
            return flights[:1]
        hearers = self._volleys[number].hearers
        if flights[0].must_land:  # where else it comes out, nobody asks
            return hearers.get(spot, [])
        return [] if spot in flights[0].shot.innocent and spot not in hearers else flights


def _said(flight: Flight, wave: Wave) -> tuple[object, ...] | None:
    """Return what makes packets one and the same; None for one whose arrival is more than that it is seen."""
    shot = flight.shot
    if _is_more_than_seen(shot) or (isinstance(shot.load, OwnStack) and shot.load.via is not None):
        return None
    said = shot.load if isinstance(shot.load, OwnStack) else shot.load.build(b"")
    return id(flight.realm), wave, shot.sender, shot.innocent, flight.must_land, said


def _is_more_than_seen(shot: Shot) -> bool:
    return bool(shot.answer or shot.also or shot.reply or shot.echoed or shot.trail or shot.forerunner)
