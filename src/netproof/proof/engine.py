"""The event loop of a realm: sends shots, hears what comes out where, and keeps a tally of each; it judges nothing.

A flight is one shot. Its walk: copies leave (the sender's own ear sees them go, or sees the sender's
stack ask for the next hop and get no answer), and then they land, leak, come back as replies, or are never seen.
Where the shot has a reply, a copy that comes in is answered at once, and has landed when the sender hears that.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from netproof.errors import NetproofError
from netproof.proof.flight import Flight, rounds
from netproof.proof.ground import Fate, Ground, Hear, Hearer, check_pulse, shoot
from netproof.proof.leading import is_led, led
from netproof.proof.neighbourhood import Neighbourhood, meets_nobody, refusal
from netproof.proof.pace import Pace, patiently
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, RawFrame, Reply
from netproof.proof.questions import Questions
from netproof.proof.token import AHEAD, PULSE, REPLY, Marks, Token
from netproof.proof.trails import Hop, Trail, heard
from netproof.proof.volleys import Volleys, Wave

COPIES, FEWER = 4, 2
_MANY = 2000
"""Packets from which on fewer copies of each are sent: what is lost on one machine is lost for all copies alike. Of a
control it is one then, and another if that does not arrive."""
_BREATH = 256
"""Packets that leave before the ears are asked: few enough for what an ear can hold, though every one came to it."""
_GLANCE = 0.05
"""Seconds after which it is looked whether there is anything to wait for, though nothing is heard."""
LEAST_WAIT = 0.2
"""Seconds that a denial waits at the least."""
PATIENCE = 1.2
"""Seconds that what should come is waited for: a stack asks for a silent neighbour again after one."""


class Engine:
    """One realm's loop over its ears. `pace` knows the slowest delivery so far, here and in the other realm."""

    def __init__(self, realm: Ground, pace: Pace) -> None:
        self.last_sent = 0.0
        self._pace = pace
        self._marks = Marks()
        self._realm = realm
        self._flights: list[Flight] = []
        self._volleys = Volleys()
        self._free: list[Flight] = []  # what may be sent at any time
        self._neighbours = Neighbourhood(realm, self._wait_flying)
        self._questions = Questions()
        self._plain: dict[bytes, Token] = {}  # packets without room for a mark, known by all that they say
        self._lively = {ear.spot for ear in realm.ears}
        self._selector = selectors.DefaultSelector()
        for descriptor, hear in realm.sources():
            self.watch(descriptor, partial(self._listen, hear))

    def watch(self, other: socket.socket | int, told: Callable[[], bool]) -> None:
        """Call `told` whenever something is to be read from `other`, amid all that is heard, until it returns False."""

        def hear() -> None:
            if not told():
                self._selector.unregister(other)

        self._selector.register(other, selectors.EVENT_READ, hear)

    def close(self) -> None:
        """Forget the ears; closing them is their realm's."""
        self._selector.close()

    def enlist(self, flight: Flight, wave: Wave = Wave.ALONE) -> None:
        """Make `flight` ready to `fly`, together with all others of its wave."""
        self._flights.append(flight)
        self._volleys.board(flight, wave)
        self._questions.enlist(flight)

    def fly(self, flights: Iterable[Flight], copies: int | None = None) -> None:
        """Send `copies` of each packet, one copy of all before the next, and hear meanwhile."""
        flights = list({f.number: f for f in flights}.values())
        for nth in range(copies or (FEWER if self._is_large else COPIES)):
            self._send_each([f for f in flights if not (nth and self._is_large and f.is_control)])
        self._see_off()

    @property
    def _is_large(self) -> bool:
        return len(self._volleys) >= _MANY

    def _send_each(self, flights: Sequence[Flight]) -> None:
        for at, flight in enumerate(flights, 1):
            self._send(flight)
            if at % _BREATH == 0:
                self.hear(0)
        self.hear(0)

    def fly_together(self, flights: Sequence[Flight]) -> None:
        """Send all: what no stack must meet anybody for while others are waited for; by host routes last, in rounds."""
        free = [f for f in flights if meets_nobody(f) and not f.failure]
        self._free = list({f.number: f for f in free}.values())
        self.fly_until_settled([f for f in flights if not meets_nobody(f) and not is_led(f)])
        self.fly(self._free)
        self._free = []
        self._see_in(free)
        # Only now: who gets a frame may ask for its sender, who then knows whom the question of a route is about.
        for each in rounds(f for f in flights if is_led(f)):
            with led(self._realm, each):
                self.fly_until_settled(each)

    def fly_until_settled(self, flights: Sequence[Flight]) -> None:
        """Send, wait for what should come, and send once more what did not: a stack may have been asking in vain."""
        for lot in self._neighbours.lots([f for f in flights if not f.failure]):
            self.fly_out(lot)
            self._neighbours.make_room(lot)
            own = (f for f in self._awaited(lot) if isinstance(f.shot.load, OwnStack) and not f.failure)
            again = [f for f in own if not (f.sent and f.settled)]
            if again:
                self.fly(again)
                self.settle(again)

    def fly_out(self, flights: Sequence[Flight]) -> None:
        """Send, and wait for what should come; of a control that was sent but once, and did not, send one more."""
        self.fly(flights)
        self._see_in(flights)

    def _see_in(self, flights: Sequence[Flight]) -> None:
        self.settle(flights)
        lost = [f for f in self._awaited(flights) if f.is_control and len(f.sent) == 1 and not f.landed]
        if lost:
            self._neighbours.make_way()
            self.fly(lost)
            self.settle(lost)

    def lots(self, flights: Sequence[Flight]) -> Iterator[list[Flight]]:
        """Yield `flights` in lots for which the stacks have room: mostly in one."""
        return self._neighbours.lots(flights)

    def settle(self, flights: Sequence[Flight], patience: float = PATIENCE) -> None:
        """Hear until every flight is settled that there is hope for, for `patience` seconds at the most."""
        awaited = self._awaited(flights)
        self._hear_until(time.monotonic() + patience, lambda: all(f.settled for f in awaited))

    def _awaited(self, flights: Sequence[Flight]) -> list[Flight]:
        """Return those whose sender and receiver were alive at the last pulse: no patience helps what is cut off.

        No denial is kept by that: the silence of such a place is a doubt of its own (`Realm.silence`).
        """
        lively = self._lively
        return [f for f in flights if f.shot.sender in lively and f.shot.at in lively]

    def wait_for_denials(self) -> None:
        """Hear until 3 times the slowest delivery, and `LEAST_WAIT`, have passed since the last packet left."""
        self._wait_since(self.last_sent)

    def _wait_flying(self) -> None:
        """Do as much for what has left by now, but send meanwhile what may be sent at any time."""
        since = self.last_sent
        while self._free and self._rest(since) > 0:
            lot, self._free = self._free[:_BREATH], self._free[_BREATH:]
            self.fly(lot)
        self._wait_since(since)

    def _wait_since(self, sent: float) -> None:
        while (rest := self._rest(sent)) > 0:
            self.hear(rest)
        self._drain()

    def _rest(self, sent: float) -> float:
        """Return how much longer a denial has to wait that was sent then."""
        return sent + max(LEAST_WAIT, 3 * self._pace.slowest) - time.monotonic()

    def pulse(self) -> None:
        """Let every ear hear itself, so that silence is known to be silence.

        From then on departures are heard where a denial rests on them: where a flight starts that must not land.
        """
        ears = self._realm.ears
        for ear in ears:
            ear.mind_departures(True)
        self._realm.pulse(self._marks.encode(PULSE, 0))
        self._hear_until(time.monotonic() + LEAST_WAIT, lambda: all(e.pulse or e.dead for e in ears if e.pulses))
        self._drain()
        denied = {f.shot.sender for f in self._flights if not f.must_land}
        for ear in ears:
            check_pulse(ear)
            ear.mind_departures(ear.spot in denied)
        self._lively -= {ear.spot for ear in ears if ear.doubt}

    def hear(self, timeout: float) -> bool:
        """Take in what has arrived at every ear, waiting up to `timeout` seconds; tell whether any has."""
        ready = self._selector.select(timeout)
        for key, _ in ready:
            key.data()
        return bool(ready)

    def _see_off(self) -> None:
        """Hear until everything has left that was to: far away that is a while after it was asked for."""
        while self._realm.is_busy():
            self.hear(_GLANCE)
        self.last_sent = time.monotonic()

    def _listen(self, hear: Hear) -> bool:
        is_open = hear(self._take)
        if not is_open:
            self._lively -= {ear.spot for ear in self._realm.ears if ear.dead}
        return is_open

    def _drain(self) -> None:
        """Take in what lies in the ears: on a busy machine the time may be over before anything was heard at all."""
        self._realm.catch_up()
        while self.hear(0):
            pass

    def _hear_until(self, deadline: float, done: Callable[[], bool]) -> None:
        while not done() and (rest := deadline - time.monotonic()) > 0:
            self.hear(min(rest, _GLANCE))

    def _send(self, flight: Flight) -> None:
        copy = len(flight.sent)
        mark = self._marks.encode(flight.number, copy)
        fate = Fate(partial(flight.set_out, copy), partial(self._take_back, flight), partial(self._refuse, flight))
        send = partial(shoot, self._realm, flight.shot, mark, fate)
        flight.sent.append(time.monotonic())
        try:
            frame = patiently(send, self.hear) if isinstance(flight.shot.load, RawFrame) else send()
        except (OSError, NetproofError) as error:
            self._take_back(flight, error)
        else:
            if frame and mark not in frame:
                self._plain[frame[14:]] = flight.number, copy

    def _take_back(self, flight: Flight, error: OSError | NetproofError) -> None:
        """Note that a copy could not leave; it was taken for sent."""
        flight.sent.pop()
        self._refuse(flight, error)

    def _refuse(self, flight: Flight, error: OSError | NetproofError) -> None:
        for each in self._volleys.of(flight.number):
            each.failure = f"{flight.shot.sender.node}: cannot send: {refusal(flight.shot.load, error)}"
            each.errno = error.errno if isinstance(error, OSError) else None

    def _take(self, ear: Hearer, packet: bytes, outgoing: bool, by: str) -> None:
        token = self._marks.find(packet) or self._plain.get(packet[14:])
        if token is None:
            if ear.of_packets:
                self._questions.overhear(ear.spot, packet, outgoing)
            return
        number, copy = token
        if number == PULSE:
            ear.pulse = True
        elif outgoing or not self._realm.is_wrapped(ear.spot, packet):
            for flight in self._volleys.concerned(number, ear.spot, outgoing=outgoing):
                if flight.shot.trail and not outgoing:
                    hop = heard(self._realm.scene.site, ear, packet, by)
                    self._follow(flight, flight.shot.trail, ear.spot, hop, copy)
                    continue
                also = flight.shot.also and (ear.spot, packet[:6]) in flight.shot.also
                self._tally(flight, flight.shot.at if also else ear.spot, copy, outgoing, by)

    def _tally(self, flight: Flight, spot: Spot, copy: int, outgoing: bool, by: str) -> None:
        shot = flight.shot
        if copy & AHEAD:
            flight.announce(copy ^ AHEAD, spot)
        elif copy & REPLY:
            if spot == shot.sender and not outgoing:
                self._land(flight, copy ^ REPLY)
        elif outgoing:
            if spot == shot.sender:
                flight.departed.add(copy)
        elif by and Spot(spot.node, by) in shot.innocent:
            return  # the host has a NIC of its own on that very Ethernet, outside the segment's bridge
        elif spot == shot.at and not shot.answer:
            self._arrive(flight, copy)
        elif spot.node == shot.sender.node:
            flight.replies += 1
            flight.echoes.add(copy)
            if shot.echoed:
                self._land_if_echoed(flight, copy)
        elif spot not in shot.innocent:
            flight.leaked[spot] = flight.leaked.get(spot, 0) + 1
        else:  # rightly there: it has left, at least
            flight.departed.add(copy)

    def _arrive(self, flight: Flight, copy: int) -> None:
        if flight.shot.reply:
            self._reply(flight, flight.shot.reply, copy)
        elif flight.shot.echoed:
            flight.answered.add(copy)
            self._land_if_echoed(flight, copy)
        else:
            self._land(flight, copy)

    def _follow(self, flight: Flight, trail: Trail, spot: Spot, hop: Hop, copy: int) -> None:
        if hop == trail.last and spot == flight.shot.at:
            self._land(flight, copy)
        elif trail.hops and hop not in trail.hops:
            flight.leaked[spot] = flight.leaked.get(spot, 0) + 1

    def _reply(self, flight: Flight, reply: Reply, copy: int) -> None:
        if copy not in flight.answered:
            flight.answered.add(copy)
            said = reply.build(self._marks.encode(flight.number, copy | REPLY))
            try:
                self._realm.put(flight.shot.at, said, Fate(lambda: None, flight.strand, flight.strand))
            except (OSError, NetproofError) as error:
                flight.strand(error)

    def _land_if_echoed(self, flight: Flight, copy: int) -> None:
        # Ears are asked in any order: the echo may be heard before what it answers.
        if copy in flight.answered and copy in flight.echoes:
            self._land(flight, copy)

    def _land(self, flight: Flight, copy: int) -> None:
        if flight.over:
            return
        if copy < len(flight.sent) and copy not in flight.landed:
            self._pace.note(time.monotonic() - flight.sent[copy])
        flight.landed.add(copy)
