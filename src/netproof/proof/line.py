"""The line to one host far away: what its outpost is asked to do, and what it tells of packets heard there.

What is ordered is done over there in that order, and each order is answered; nobody waits for one answer before the
next order. What was heard is told in between, and before the answer to whatever was asked later: so an answer vouches
that all is known that had been heard when it was given.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from netproof.errors import CannotError, UsageError, printable
from netproof.proof import testimony
from netproof.proof.dispatch import PROTOCOL, Inbox, result, said
from netproof.proof.ground import Hear, Refused, Take
from netproof.proof.parties import Spot

_T = TypeVar("_T")
_CHUNK = 1 << 20
_PATIENCE = 60.0
"""Seconds within which an outpost answers, or is taken for gone: it may hang though its connection lives."""
_ROOM = 1 << 28
"""Octets of packets that may lie here unheard: many times what all ears hear of what is sent at once."""
_WINDOW = 256
"""Orders up to which there is room for more: what left long after it was ordered would be taken for slow."""
_NOT_ALONE = "what answers there is not netproof alone"
_TOO_MUCH = "it says more than it was asked for"
Answer = dict[str, Any]


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
        with suppress(CannotError):
            self.line.order(_forgo, "mind", self.number, minded)


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
        os.set_blocking(writer, False)
        self._inbox = Inbox()
        self.shadowed: tuple[str, ...] = ()
        self.wished: tuple[str, ...] = ()
        self.shadows: tuple[str, ...] = ()
        self.told: tuple[str, ...] = ()
        self._awaited: deque[Callable[[Answer], None]] = deque()
        self._known: dict[tuple[object, ...], list[Answer]] = {}
        self._last_answer = time.monotonic()
        self.ordered = self.answered = 0
        self._heard: deque[testimony.Heard] = deque()
        self._held = 0
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lost: str | None = None

    def greet(self, version: str, text: bytes, file: str) -> None:
        """Tell the outpost which site is to be proved: the `text` of `file`."""
        self._write(["greet", version, PROTOCOL, self.host, text.hex(), file])

    def be_introduced(self, ours: Collection[str]) -> None:
        """Learn which machine it is and who could have a shadow there. Raises as `be_answered` does."""
        self.machine, self.shadowed = self._told(testimony.introduction, ours)

    def stand(self, names: Collection[str]) -> None:
        """Have shadows made of those of `names` that are there; the outpost is told of those on other hosts as well."""
        self.wished = tuple(names)
        self._write(["stand", list(names)])

    def be_answered(self, ours: Collection[str]) -> None:
        """Wait until the outpost has opened its ears, and learn what there is: of `ours` alone, the host's own nodes.

        Raises UsageError where another site is applied there, CannotError where nothing can be proved.
        """
        there = self._told(testimony.greeting, ours)
        self.nodes, self.cut_off, self.kernel = there.nodes, there.cut_off, there.kernel
        self.shadows, self.told = there.shadows, there.told
        self.ears = [FarEar(spot, self, n, pulses, packets) for n, (spot, pulses, packets) in enumerate(there.ears)]

    def _told(self, kind: Callable[[object, Collection[str]], _T], ours: Collection[str]) -> _T:
        answers: list[Answer] = []
        self._last_answer = time.monotonic()
        self._await(answers.append)
        self.finish()
        if "failed" in answers[0]:
            raise (UsageError if answers[0].get("exit") == 2 else CannotError)(f"{self.host}: {answers[0]['failed']}")
        try:
            return kind(answers[0]["done"], ours)
        except ValueError as error:
            self._lose(f"{_NOT_ALONE}: {error}")

    def learn(self, kind: Callable[[object], _T], what: str, *args: object) -> _T:
        """Return what is so over there, as that `kind`, looked up once. Raises OSError or CannotError."""
        self.foresee(what, *args)
        answers = self._known[what, *args]
        if not answers:
            self.finish()
        try:
            return kind(result(answers[0]))
        except ValueError as error:
            self._lose(f"{_NOT_ALONE}: {error}")

    def foresee(self, what: str, *args: object) -> None:
        """Have looked up what will be wanted to `learn`, without waiting for it. Raises CannotError if it is lost."""
        if (what, *args) not in self._known:
            answers: list[Answer] = []
            self._order(answers.append, what, *args)
            self._known[what, *args] = answers

    def ask(self, what: str, *args: object) -> object:
        """Have something done over there and return what came of it. Raises OSError or CannotError."""
        answers: list[Answer] = []
        self._order(answers.append, what, *args)
        self.finish()
        return result(answers[0])

    def order(self, refused: Refused, *asked: object) -> int:
        """Have something done over there after all that was ordered before; return the number of this order.

        If it cannot be done, `refused` is told why, while something is heard or waited for. Raises CannotError if the
        line is lost already.
        """

        def take(answer: Answer) -> None:
            try:
                result(answer)
            except (OSError, CannotError) as error:
                refused(error)

        return self._order(take, *asked)

    def is_busy(self) -> bool:
        """Tell whether something that was ordered is not answered yet; who does not answer for long is lost."""
        if self._awaited and self._patience() <= 0:
            with suppress(CannotError):
                self._give_up()
        return bool(self._awaited)

    def has_room(self) -> bool:
        """Tell whether what is ordered now is soon done: what waits long is taken for slow."""
        return len(self._awaited) < _WINDOW

    def finish(self) -> None:
        """Return once all that was ordered has been answered. Raises CannotError if the line is lost."""
        while self._awaited:
            self._wait()

    def sources(self) -> Iterator[tuple[int, Hear]]:
        """Yield where it is seen that something was heard over there: on the line, or while an answer was awaited."""
        yield self._reader, self._listen
        yield self._bell, self._hear_rest

    def end(self) -> None:
        """Let go of what is ours; the descriptors are whoever's who opened them."""
        os.close(self._bell)

    def _order(self, take: Callable[[Answer], None], *asked: object) -> int:
        if self._lost:
            raise CannotError(self._lost)
        if not self._awaited:
            self._last_answer = time.monotonic()
        self._await(take)
        self._write(asked)
        return self.ordered

    def _await(self, take: Callable[[Answer], None]) -> None:
        self._awaited.append(take)
        self.ordered += 1

    def _write(self, message: object) -> None:
        """Write, and read meanwhile: who has to wait until we listen does not listen either."""
        left = memoryview(said(message))
        while left:
            try:
                left = left[os.write(self._writer, left) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except BrokenPipeError:  # it may have said why, before it went
                return

    def _wait(self, event: int = 0) -> None:
        """Wait for something to read, which is taken in, or for `event` at the writer."""
        poll = select.poll()
        if event:
            poll.register(self._writer, event)
        poll.register(self._reader, select.POLLIN | (event if self._reader == self._writer else 0))
        ready = poll.poll(max(0, self._patience()) * 1000)
        if not ready:
            self._give_up()
        if any(descriptor == self._reader and events & ~select.POLLOUT for descriptor, events in ready):
            self._read()
            if self._heard:
                os.eventfd_write(self._bell, 1)

    def _patience(self) -> float:
        return self._last_answer + _PATIENCE - time.monotonic()

    def _give_up(self) -> NoReturn:
        self._lose(f"no answer within {_PATIENCE:.0f} seconds")

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
        elif self._awaited:
            answer, self._last_answer = testimony.answer(message), time.monotonic()
            self.answered += 1
            self._awaited.popleft()(answer)
        else:
            raise ValueError(_TOO_MUCH)
        if self._held > _ROOM:
            raise ValueError(_TOO_MUCH)

    def _lose(self, why: str) -> NoReturn:
        what = "the connection is lost" if self.nodes else "cannot be proved by ssh"
        self._lost = self._lost or f"{self.host}: {what}: {printable(why)}"
        for ear in self.ears:
            ear.dead, ear.doubt = True, ear.doubt or self._lost
        self.answered = self.ordered
        while self._awaited:
            self._awaited.popleft()({"failed": self._lost, "exit": CannotError.exit_code})
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


def _forgo(_error: object) -> None:
    """Do nothing: what is not heard is doubted."""
