"""The part of a proof that stands on another host: it sends what it is told to, and tells what its ears have heard.

It judges nothing, keeps nothing, and ends when whoever it works for is gone.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, suppress
from ipaddress import ip_address
from typing import Any

from netproof.errors import CannotError, NetproofError
from netproof.proof import frames
from netproof.proof.dispatch import Inbox, failure, say
from netproof.proof.ears import Ear
from netproof.proof.pace import patiently
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack
from netproof.proof.realm import Realm
from netproof.proof.token import MAGIC
from netproof.proof.vantage import MARK

IDLE = 600.0
"""Seconds without a word after which whoever it works for is taken for gone."""
_CHUNK = 1 << 20
_AT_ONCE = 100
"""Packets told in one message, which has room for so many of the largest."""
_ARP, _IPV6 = (n.to_bytes(2) for n in (frames.ARP, frames.IPV6))
_SOLICITATION = b"\x87"


class Outpost:
    """Serves `realm`, opened by the caller, to whoever is at the other end of two descriptors."""

    def __init__(self, realm: Realm, reader: int, writer: int) -> None:
        self._realm, self._reader, self._writer = realm, reader, writer
        self._inbox, self._last_word = Inbox(), time.monotonic()
        self._numbers = {ear: number for number, ear in enumerate(realm.ears)}
        self._heard: list[tuple[int, str, bool, str]] = []
        self._unmarked: set[bytes] = set()
        self._routes: dict[tuple[str, ...], ExitStack] = {}
        self._tasks: Mapping[str, Callable[..., object]] = {
            "mac": lambda node, ifname: realm.scene.vantage(node).mac(ifname),
            "ifindex": lambda node, ifname: realm.scene.vantage(node).ifindex(ifname),
            "links": lambda node: realm.scene.vantage(node).links(),
            "addresses": lambda node, ifname: realm.scene.vantage(node).addresses(ifname),
            "lead": self._lead,
            "unlead": self._unlead,
            "put": self._put,
            "say": self._say,
            "hush": lambda node, frame: realm.hush(node, bytes.fromhex(frame), _forgo),
            "expect": lambda packet: self._unmarked.add(bytes.fromhex(packet)),
            "mind": lambda number, minded: realm.ears[number].mind_departures(minded),
            "pulse": lambda token: realm.pulse(bytes.fromhex(token)),
            "silence": lambda node, where: realm.silence(Spot(node, where)),
            "catch_up": self._listen,
        }

    def greeting(
        self, cut_off: Mapping[str, str], stood_for: Collection[str] = (), told: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return what the other end has to know: who can be watched here, for whom a shadow stands, and the ears."""
        return {
            "shadows": list(stood_for),
            "told": list(told),
            "nodes": list(self._realm.scene.vantages),
            "cut_off": dict(cut_off),
            "kernel": os.uname().release,
            "ears": [{"spot": e.spot, "pulses": e.pulses, "packets": e.of_packets} for e in self._realm.ears],
        }

    def serve(self) -> None:
        """Do as told until the other end is gone, or silent for `IDLE` seconds; then take every route away."""
        with ExitStack() as routes, selectors.DefaultSelector() as selector, suppress(BrokenPipeError):
            routes.callback(self._leave_routes)
            selector.register(self._reader, selectors.EVENT_READ)
            for ear in self._realm.ears:
                selector.register(ear.sock, selectors.EVENT_READ, ear)
            while self._step(selector):
                pass

    def _step(self, selector: selectors.BaseSelector) -> bool:
        """Wait for something to do, and do it; tell whether to go on."""
        ready = [key.data for key, _ in selector.select(IDLE / 10)]
        for ear in (e for e in ready if e):
            self._hear(ear)
            if ear.dead:
                selector.unregister(ear.sock)
        say(self._writer, *self._news())
        return self._obey() if None in ready else time.monotonic() - self._last_word < IDLE

    def _obey(self) -> bool:
        """Do what has been asked for; tell whether the other end is still there."""
        chunk, self._last_word = os.read(self._reader, _CHUNK), time.monotonic()
        told: list[object] = []
        for asked in self._inbox.feed(chunk):
            try:
                answer = {"done": self._do(asked)}
            except (OSError, NetproofError) as error:
                answer = failure(error)
            told += (*self._news(), answer)
        say(self._writer, *told)
        return bool(chunk)

    def _do(self, asked: Any) -> object:
        try:
            what, *args = asked
            return self._tasks[what](*args)
        except (LookupError, TypeError, ValueError) as error:
            raise CannotError(f"an outpost does no such thing: {error}") from error

    def _listen(self) -> None:
        for ear in self._realm.ears:
            self._hear(ear)

    def _hear(self, ear: Ear) -> None:
        for packet, outgoing, by in ear.hear():
            if self._is_of_the_proof(ear, packet, outgoing):
                self._heard.append((self._numbers[ear], packet.hex(), outgoing, by))

    def _is_of_the_proof(self, ear: Ear, packet: bytes, outgoing: bool) -> bool:
        """Tell what the other end has to hear of: marked packets, those it named, and who asks for a neighbour."""
        if MAGIC in packet or packet[14:] in self._unmarked:
            return True
        if not ear.of_packets:
            return False
        return packet[12:14] == _ARP or (outgoing and packet[12:14] == _IPV6 and packet[54:55] == _SOLICITATION)

    def _lead(self, node: str, to: str, via: str, ifname: str) -> None:
        """Lead what bears the proof's own mark, whoever asks: the mark is the table, and others are not ours."""
        target, next_hop = str(ip_address(to)), str(ip_address(via))
        with ExitStack() as stack:
            stack.enter_context(self._realm.scene.vantage(node).route(target, next_hop, ifname, MARK))
            self._routes[node, to, via, ifname] = stack.pop_all()

    def _put(self, node: str, where: str, frame: str) -> None:
        said = bytes.fromhex(frame)

        def send() -> bytes:
            self._realm.put(Spot(node, where), said, None)
            return said

        patiently(send, self._bide)

    def _bide(self, seconds: float) -> None:
        """Hear meanwhile: what waits in ears may be what a queue is full of."""
        self._listen()
        time.sleep(seconds)

    def _unlead(self, *route: str) -> None:
        self._routes.pop(route).close()

    def _leave_routes(self) -> None:
        with ExitStack() as every:
            for stack in self._routes.values():
                every.push(stack)

    def _say(self, node: str, where: str, load: dict[str, Any], token: str) -> None:
        size, route = load.pop("size"), (node, load["to"], load["via"], where)
        if load["via"] and route not in self._routes:
            raise CannotError(f"no route for it by {load['via']}")
        ping = OwnStack(size=size, **{name: a and ip_address(a) for name, a in load.items()})
        self._realm.say(Spot(node, where), ping, bytes.fromhex(token), None)

    def _news(self) -> Iterator[dict[str, Any]]:
        """Yield messages of what was heard since the last ones."""
        heard, self._heard = self._heard, []
        for at in range(0, len(heard), _AT_ONCE):
            yield {"heard": heard[at : at + _AT_ONCE]}


def _forgo(_error: object) -> None:
    """Do nothing: what fails here raises."""
