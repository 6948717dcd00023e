"""The line to one host far away: what its outpost is asked to do, and what it tells of packets heard there.

Asked is one thing at a time. What was heard is told in between, and before the answer to whatever was asked later: so
an answer vouches that all is known that had been heard when it was given.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from netproof.errors import CannotError, NetproofError, UsageError, printable
from netproof.proof import testimony
from netproof.proof.dispatch import Inbox, result, say
from netproof.proof.ground import Hear, Take
from netproof.proof.parties import Spot

_T = TypeVar("_T")
_CHUNK = 1 << 20
_PATIENCE = 60.0
"""Seconds within which an outpost answers, or is taken for gone: it may hang though its connection lives."""
_ROOM = 1 << 28
"""Octets of packets that may lie here unheard: many times what all ears hear of what is sent at once."""
_AHEAD = 2
"""Answers that may lie here: asked is one thing at a time."""
_NOT_ALONE = "what answers there is not netproof alone"


@dataclass(slots=True, eq=False)
class FarEar:
    """An ear of another host, the `number`-th there."""

    spot: Spot
    line: Line
    number: int
    pulses: bool
    of_packets: bool
    pulse: bool = False
    dead: bool = False
    doubt: str | None = None

    def mind_departures(self, minded: bool) -> None:
        """Hear what leaves there as well, or only what comes in; one that is cut off is doubted anyway."""
        with suppress(OSError, NetproofError):
            self.line.ask("mind", self.number, minded)


class Line:
    """A connection to the outpost on `host`, by two descriptors; `last_words` says why it ended, if anybody knows.

    Once it is lost, every ear there is dead and whatever is asked raises CannotError.
    """

    def __init__(self, host: str, reader: int, writer: int, last_words: Callable[[], str]) -> None:
        self.host = host
        self.machine = ""
        self.nodes: tuple[str, ...] = ()
        self.cut_off: Mapping[str, str] = {}
        self.kernel = ""
        self.ears: list[FarEar] = []
        self._reader, self._writer, self._last_words = reader, writer, last_words
        self._inbox = Inbox()
        self._answers: deque[dict[str, Any]] = deque()
        self._heard: deque[testimony.Heard] = deque()
        self._held = 0
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lost: str | None = None

    def greet(self, version: str, text: bytes, file: str) -> None:
        """Tell the outpost which site is to be proved: the `text` of `file`."""
        self._say(["greet", version, self.host, text.hex(), file])

    def be_answered(self, ours: Collection[str]) -> None:
        """Wait until the outpost has opened its ears, and learn what there is: of `ours` alone, the host's own nodes.

        Raises UsageError where another site is applied there, CannotError where nothing can be proved.
        """
        answer = self._answer()
        if "failed" in answer:
            raise (UsageError if answer.get("exit") == 2 else CannotError)(f"{self.host}: {answer['failed']}")
        try:
            there = testimony.greeting(answer["done"], ours)
        except ValueError as error:
            self._lose(f"{_NOT_ALONE}: {error}")
        self.machine, self.nodes, self.cut_off, self.kernel = there.machine, there.nodes, there.cut_off, there.kernel
        self.ears = [FarEar(spot, self, n, pulses, packets) for n, (spot, pulses, packets) in enumerate(there.ears)]

    def learn(self, kind: Callable[[object], _T], what: str, *args: object) -> _T:
        """Have something looked up over there, and return it as that `kind`. Raises OSError or CannotError."""
        said = self.ask(what, *args)
        try:
            return kind(said)
        except ValueError as error:
            self._lose(f"{_NOT_ALONE}: {error}")

    def ask(self, what: str, *args: object) -> object:
        """Have something done over there and return what came of it. Raises OSError or CannotError."""
        self._say([what, *args])
        answer = self._answer()
        if self._heard:
            os.eventfd_write(self._bell, 1)
        return result(answer)

    def sources(self) -> Iterator[tuple[int, Hear]]:
        """Yield where it is seen that something was heard over there: on the line, or while an answer was awaited."""
        yield self._reader, self._listen
        yield self._bell, self._hear_rest

    def end(self) -> None:
        """Let go of what is ours; the descriptors are whoever's who opened them."""
        os.close(self._bell)

    def _say(self, message: object) -> None:
        if self._lost:
            raise CannotError(self._lost)
        with suppress(BrokenPipeError):  # it may have said why, before it went
            say(self._writer, message)

    def _answer(self) -> dict[str, Any]:
        deadline, poll = time.monotonic() + _PATIENCE, select.poll()
        poll.register(self._reader, select.POLLIN)
        while not self._answers:
            if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
                self._lose(f"no answer within {_PATIENCE:.0f} seconds")
            self._read()
        return self._answers.popleft()

    def _read(self) -> None:
        chunk = os.read(self._reader, _CHUNK)
        try:
            for message in self._inbox.feed(chunk):
                self._take_in(message)
        except ValueError as error:
            self._lose(f"{_NOT_ALONE}: {error}")
        if not chunk:
            self._lose(self._last_words())

    def _take_in(self, message: object) -> None:
        if isinstance(message, dict) and "heard" in message:
            told = testimony.heard(message["heard"])
            self._heard += told
            self._held += sum(_weight(each) for each in told)
        else:
            self._answers.append(testimony.answer(message))
        if self._held > _ROOM or len(self._answers) > _AHEAD:
            raise ValueError("it says more than it was asked for")

    def _lose(self, why: str) -> NoReturn:
        what = "the connection is lost" if self.nodes else "cannot be proved by ssh"
        self._lost = self._lost or f"{self.host}: {what}: {printable(why)}"
        for ear in self.ears:
            ear.dead, ear.doubt = True, ear.doubt or self._lost
        raise CannotError(self._lost)

    def _listen(self, take: Take) -> bool:
        try:
            self._read()
        except CannotError:
            return False
        return self._hand_over(take)

    def _hear_rest(self, take: Take) -> bool:
        os.eventfd_read(self._bell)
        return self._hand_over(take)

    def _hand_over(self, take: Take) -> bool:
        while self._heard:
            number, packet, outgoing, by = each = self._heard.popleft()
            self._held -= _weight(each)
            if number >= len(self.ears):  # not known before: what it hears may come along with its greeting
                with suppress(CannotError):
                    self._lose(f"{_NOT_ALONE}: it has no ear {number}")
                return False
            take(self.ears[number], packet, outgoing, by)
        return True


def _weight(heard: testimony.Heard) -> int:
    """Return what it takes to hold that, in octets, about."""
    _, packet, _, by = heard
    return len(packet) + len(by) + 200


@dataclass(frozen=True, slots=True)
class FarVantage:
    """A node of another host: what a vantage tells, asked of the outpost there. Nobody enters it from here."""

    node: str
    line: Line = field(repr=False)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Raise CannotError: only whoever is there can."""
        raise CannotError(f"{self.node} is on another host: {self.line.host}")
        yield

    def mac(self, ifname: str) -> str:
        """Return the MAC of a link."""
        return self.line.learn(testimony.mac, "mac", self.node, ifname)

    def ifindex(self, ifname: str) -> int:
        """Return the index of a link, over there."""
        return self.line.learn(testimony.number, "ifindex", self.node, ifname)

    def links(self) -> tuple[str, ...]:
        """Name the links."""
        return self.line.learn(testimony.texts, "links", self.node)

    def addresses(self, ifname: str) -> tuple[str, ...]:
        """Return the addresses of a link."""
        return self.line.learn(testimony.texts, "addresses", self.node, ifname)

    @contextmanager
    def route(self, to: str, via: str, ifname: str, mark: int) -> Iterator[None]:  # noqa: ARG002 - it takes no mark from us
        """Lead what bears the proof's mark to `to` over `via`; undone after, and by the outpost if the line is lost."""
        self.line.ask("lead", self.node, to, via, ifname)
        try:
            yield
        finally:
            self.line.ask("unlead", self.node, to, via, ifname)

    def forget_neighbours(self, ifnames: tuple[str, ...], *, unanswered: bool) -> None:
        """Do nothing: a host with a life of its own is not made to forget whom it met."""
