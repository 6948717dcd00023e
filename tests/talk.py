"""A talk of two namespaces, a thousand numbered questions a second, each counted where it arrives and answered there.

`ping` cannot count what a network loses: the kernel answers the echo requests of all namespaces by one socket a
CPU, and drops answers while others ask much. Here the answerer is a socket of its own.
"""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from netproof.kernel.netns import entered

EVERY, DRAIN = 0.001, 2.0
PORT = 4002
_SO_RCVBUFFORCE = 33  # asm-generic/socket.h


@dataclass(frozen=True)
class Counted:
    """The numbers of the questions that were asked, of those heard, and of the answers heard, in their order."""

    asked: int
    heard: list[int]
    answered: list[int]

    def lost(self) -> dict[str, list[int]]:
        """Return what never arrived."""
        every = {*range(self.asked)}
        return {"questions": sorted(every - {*self.heard}), "answers": sorted(every - {*self.answered})}

    def assert_whole(self) -> None:
        """Assert that enough was said for the count to mean something, and that nothing was lost, doubled or late."""
        assert self.asked > 500
        assert self.lost() == {"questions": [], "answers": []}, f"of {self.asked}"
        assert self.heard == self.answered == list(range(self.asked))


class Talk:
    """A talk that goes on, in a process of its own, until it is ended or its seconds are over."""

    def __init__(self, asker: str, answerer: str, address: str, seconds: float = 600) -> None:
        argv = [sys.executable, __file__, asker, answerer, address, str(seconds)]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        assert self._process.stdout.readline() == "answered\n"

    @property
    def over(self) -> bool:
        """Whether its seconds are over."""
        return self._process.poll() is not None

    def end(self) -> Counted:
        """Ask no more, wait for what is still on its way, and return the count."""
        if not self.over:
            self._process.send_signal(signal.SIGINT)
        said = self._process.communicate(timeout=30)[0]
        assert self._process.returncode == 0
        return Counted(**json.loads(said))


def _socket(netns: str, address: str) -> socket.socket:
    with entered(netns):
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 24)
    return made


class _Conversation:
    def __init__(self, asker: socket.socket, answerer: socket.socket, address: str) -> None:
        self._asker, self._answerer, self._address = asker, answerer, address
        self.asked = 0
        self.heard: list[int] = []
        self.answered: list[int] = []

    def ask(self) -> None:
        self._asker.sendto(self.asked.to_bytes(4, "big"), (self._address, PORT))
        self.asked += 1

    def listen(self, timeout: float) -> None:
        for one in select.select([self._asker, self._answerer], [], [], timeout)[0]:
            data, sender = one.recvfrom(16)
            (self.answered if one is self._asker else self.heard).append(int.from_bytes(data, "big"))
            if one is self._answerer:
                one.sendto(data, sender)

    def drain(self) -> None:
        """Listen until everything is answered, or `DRAIN` has passed."""
        until = time.monotonic() + DRAIN
        while len(self.answered) < self.asked and time.monotonic() < until:
            self.listen(EVERY)


def answers(asker: str, answerer: str, address: str) -> bool:
    """Say whether one question arrives and is answered."""
    with _socket(asker, address) as here, _socket(answerer, address) as there:
        there.bind((address, PORT))
        talk = _Conversation(here, there, address)
        talk.ask()
        talk.drain()
        return talk.answered == talk.heard == [0]


def _main(asker: str, answerer: str, address: str, seconds: str) -> None:
    ended: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: ended.append(number))
    there = _socket(answerer, address)
    there.bind((address, PORT))
    talk = _Conversation(_socket(asker, address), there, address)
    talk.ask()
    talk.drain()
    print("answered" if talk.answered else "silence", flush=True)
    begin = time.monotonic()
    while not ended and (passed := time.monotonic() - begin) < float(seconds):
        if talk.asked <= passed / EVERY:
            talk.ask()
        talk.listen(EVERY)
    talk.drain()
    print(json.dumps(asdict(Counted(talk.asked, talk.heard, talk.answered))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
