"""Questions for neighbours that are heard in a proof, and answers to them: neither bears a mark."""

from __future__ import annotations

from collections import defaultdict

from netproof.proof.flight import Flight
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack


class Questions:
    """Which flights it means something to that a neighbour is asked for somewhere, or answers."""

    def __init__(self) -> None:
        self._asks: defaultdict[tuple[Spot, bytes], list[Flight]] = defaultdict(list)
        self._answers: defaultdict[tuple[Spot, bytes, bytes], list[Flight]] = defaultdict(list)

    def enlist(self, flight: Flight) -> None:
        """Note what is asked where `flight` is under way."""
        shot = flight.shot
        if isinstance(shot.load, OwnStack):
            next_hop = shot.load.via or shot.load.to
            self._asks[shot.sender, next_hop.packed].append(flight)
        if shot.answer:
            self._answers[shot.sender, shot.answer.asked.packed, shot.answer.asker.packed].append(flight)

    def overhear(self, spot: Spot, packet: bytes, outgoing: bool) -> None:
        """Look at ARP and ND: a stack that asks for a next hop, and an ARP reply that is itself an arrival."""
        if packet[12:14] == b"\x08\x06" and len(packet) >= 42:
            if outgoing and packet[21] == 1:
                self._ask(spot, packet[38:42])
            elif not outgoing and packet[21] == 2:
                self._answer(spot, packet)
        elif outgoing and packet[12:14] == b"\x86\xdd" and packet[20:21] == b"\x3a" and packet[54:55] == b"\x87":
            self._ask(spot, packet[62:78])

    def _ask(self, spot: Spot, next_hop: bytes) -> None:
        # Also for what has not been sent yet: it will wait in the stack behind the same question.
        for flight in self._asks.get((spot, next_hop), ()):
            flight.asked = True

    def _answer(self, spot: Spot, packet: bytes) -> None:
        for flight in self._answers.get((spot, packet[28:32], packet[38:42]), ()):
            innocent = flight.shot.answer.innocent_macs if flight.shot.answer else ()
            unanswered = [copy for copy in range(len(flight.sent)) if copy not in flight.landed]
            if unanswered and not flight.over and packet[22:28].hex(":") not in innocent:
                flight.landed.add(unanswered[-1])  # it bears no mark: to what it answers, and so how soon, is not known
                return
