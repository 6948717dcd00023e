"""The keeper: the process of ours in which another kernel stays up, and the door at which one asks it for commands.

It is in a session of its own, and outlives whoever started it. The kernel dies with it, however it dies; and it ends
with the kernel. What its clients say goes over the one line, each on a channel of its own.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from types import FrameType
from typing import NoReturn

from netproof.errors import CannotError
from netproof.lab.machine.line import ROOM, Decoder, Frame, Kind, encoded
from netproof.lab.machine.run import last_words, started

ATTENDANT = (sys.executable, "-P", "-m", "netproof.lab.machine.attendant")
READY = b"ready"
"""What is told to whoever started it; or else why not."""
_PIECE = 1 << 16


@dataclass(slots=True, eq=False)
class _End:
    """One end of a socket: what came in, what is still to go out, and for how many octets there is room."""

    sock: socket.socket
    decoder: Decoder = field(default_factory=Decoder)
    unsaid: bytearray = field(default_factory=bytearray)
    room: float = inf

    @property
    def waits(self) -> bool:
        """Tell whether there is something to say to whoever has room for it."""
        return bool(self.unsaid) and self.room > 0

    def hear(self) -> list[Frame] | None:
        """Return what has come in; None if nothing more will."""
        try:
            piece = self.sock.recv(_PIECE)
        except BlockingIOError:
            return []
        except OSError:
            piece = b""
        return list(self.decoder.feed(piece)) if piece else None

    def say(self, frame: Frame) -> None:
        """Say it as soon as the other end takes it."""
        self.unsaid += encoded(frame)
        self.flush()

    def flush(self) -> None:
        """Say what the other end takes now; one that is gone takes everything."""
        if not self.waits:
            return
        try:
            said = self.sock.send(self.unsaid[: int(min(len(self.unsaid), self.room))])
        except BlockingIOError:
            return
        except OSError:
            said = len(self.unsaid)
        del self.unsaid[:said]
        self.room -= said


class Keeper:
    """Passes frames on between the `line` and whoever comes in by the `door`."""

    def __init__(self, console: int, line: socket.socket, door: socket.socket) -> None:
        self._console, self._line, self._door = console, _End(line, room=ROOM), door
        self._clients: dict[int, _End] = {}
        self._last = 0
        self._said = b""

    def boot(self) -> None:
        """Return when the attendant listens. Raises CannotError if the kernel stops before."""
        while self._hear_console([self._line.sock]):
            if self._line.sock in select.select([self._line.sock], [], [], 0)[0]:
                heard = self._line.hear() or []
                if any(frame.kind == Kind.READY for frame in heard):
                    return
        raise CannotError(f"the other kernel does not come up; its last words: {last_words(self._said)}")

    def keep(self) -> None:
        """Pass on what is said until the kernel stops."""
        while self._hear_console([self._line.sock, self._door, *(c.sock for c in self._clients.values())]):
            for frame in self._line.hear() or []:
                self._to_client(frame)
            for channel in tuple(self._clients):
                self._from_client(channel)
            self._admit()
            for end in (self._line, *self._clients.values()):
                end.flush()

    def _hear_console(self, others: list[socket.socket]) -> bool:
        """Wait until something is to be done; tell whether the kernel is still there."""
        asked: list[int | socket.socket] = [self._console, *others]
        waiting = [end.sock for end in (self._line, *self._clients.values()) if end.waits]
        if self._console in select.select(asked, waiting, [])[0]:
            piece = os.read(self._console, _PIECE)
            self._said = (self._said + piece)[-_PIECE:]
            return bool(piece)
        return True

    def _admit(self) -> None:
        with suppress(BlockingIOError):
            sock, _ = self._door.accept()
            sock.setblocking(False)
            self._last += 1
            self._clients[self._last] = _End(sock)

    def _to_client(self, frame: Frame) -> None:
        if client := self._clients.get(frame.channel):
            client.say(frame)
        elif frame.kind == Kind.TAKEN and not frame.channel:
            self._line.room += frame.numbers()[0]

    def _from_client(self, channel: int) -> None:
        heard = self._clients[channel].hear()
        for frame in heard or []:
            self._line.say(frame._replace(channel=channel))
        if heard is None:
            self._line.say(Frame(channel, Kind.HUNG_UP))
            self._clients.pop(channel).sock.close()


def keep(kernel: Path, path: Path, told: int) -> None:
    """Keep `kernel` up with its door at `path`; tell the descriptor `told` when it is ready, or else why not."""
    ours, its = socket.socketpair()
    with ExitStack() as stack:
        stack.callback(path.unlink, missing_ok=True)
        door = stack.enter_context(socket.socket(socket.AF_UNIX))
        os.umask(0o077)
        door.bind(str(path))
        door.listen()
        line = stack.enter_context(ours)
        for sock in (door, line):
            sock.setblocking(False)
        argv = ["env", f"PYTHONPATH={os.environ.get('PYTHONPATH', '')}", *ATTENDANT]
        with its:
            _, console = stack.enter_context(started(kernel, argv, its.fileno()))
        keeper = Keeper(console, line, door)
        try:
            keeper.boot()
        except CannotError as error:
            os.write(told, str(error).encode())
            return
        os.write(told, READY)
        os.close(told)
        keeper.keep()


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit


def main() -> None:
    """Keep the kernel that the arguments name, and end in order when asked to."""
    signal.signal(signal.SIGTERM, _leave)
    kernel, path, told = sys.argv[1:]
    keep(Path(kernel), Path(path), int(told))


if __name__ == "__main__":
    main()
