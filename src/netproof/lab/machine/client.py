"""Asking another kernel for a command, with this process's streams and signals for its own."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import struct
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from netproof.errors import CannotError
from netproof.lab.machine.command import Command
from netproof.lab.machine.line import WINDOW, Decoder, Frame, Kind, encoded, numbered

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_PIECE = 1 << 14
_OUTPUTS = {Kind.OUTPUT: 1, Kind.ERRORS: 2}


def converse(sock: socket.socket, argv: Sequence[str], *, whole: bool) -> int:
    """Have `argv` run by whoever listens at `sock`; return its exit status, negative for the signal that ended it.

    `whole`: it takes the place of this process, gets its input, and its terminal if all streams are that. Else it is
    only shown what it says. Raises CannotError if the other kernel stops before it has ended, or if what it says cannot
    be written, and BrokenPipeError if nobody reads that of a `whole` one.
    """
    on_terminal = whole and all(map(os.isatty, (0, 1, 2)))
    size = _size() if on_terminal else None
    command = Command(list(argv), os.getcwd(), dict(os.environ), size)  # noqa: PTH109 - as it is
    sock.sendall(encoded(Frame(0, Kind.START, command.encoded())))
    with _noticing() as noticed:
        conversation = _Conversation(sock, noticed, whole=whole)
        if not on_terminal:
            return conversation.hold()
        with _raw_terminal():
            return conversation.hold()


class _Conversation:
    """What goes to and fro for one command, until it has ended."""

    def __init__(self, sock: socket.socket, noticed: int, *, whole: bool) -> None:
        self._sock, self._noticed = sock, noticed
        self._decoder = Decoder()
        self._room = WINDOW
        self._whole = self._listens = whole

    def hold(self) -> int:
        """Return the status with which it ended."""
        if not self._listens:
            self._say(Frame(0, Kind.INPUT))
        while True:
            sources: dict[int, Callable[[], None]] = {self._noticed: self._pass_on}
            if self._listens and self._room:
                sources[0] = self._read_input
            line = self._sock.fileno()
            ready = select.select([line, *sources], [], [])[0]
            for source in ready:
                sources.get(source, _nothing)()
            if line in ready:
                for frame in self._hear():
                    if frame.kind == Kind.END:
                        return frame.numbers()[0]
                    self._take(frame)

    def _hear(self) -> Iterator[Frame]:
        try:
            piece = self._sock.recv(1 << 16)
        except OSError:
            piece = b""
        if not piece:
            raise CannotError("the other kernel stopped before the command had ended")
        return self._decoder.feed(piece)

    def _take(self, frame: Frame) -> None:
        if frame.kind == Kind.TAKEN:
            self._room += frame.numbers()[0]
        elif frame.kind in _OUTPUTS:
            self._show(_OUTPUTS[frame.kind], frame.content)
            self._say(numbered(0, Kind.TAKEN, len(frame.content)))

    def _show(self, descriptor: int, content: bytes) -> None:
        try:
            while content:
                content = content[os.write(descriptor, content) :]
        except BrokenPipeError:
            if self._whole:
                raise
            null = os.open(os.devnull, os.O_WRONLY)  # who has heard enough changes nothing of what is done
            os.dup2(null, descriptor)
            os.close(null)
        except OSError as error:
            raise CannotError(f"cannot write the output: {error.strerror}") from error

    def _read_input(self) -> None:
        try:
            piece = os.read(0, min(_PIECE, self._room))
        except OSError:  # no terminal any more
            piece = b""
        self._room -= len(piece)
        self._listens = bool(piece)
        self._say(Frame(0, Kind.INPUT, piece))

    def _pass_on(self) -> None:
        for number in os.read(self._noticed, 64):
            if number == signal.SIGWINCH:
                self._say(numbered(0, Kind.SIZE, *_size()))
            elif number in _PASSED_ON:
                self._say(numbered(0, Kind.SIGNAL, number))

    def _say(self, frame: Frame) -> None:
        self._sock.sendall(encoded(frame))


@contextmanager
def _noticing() -> Iterator[int]:
    """Yield a descriptor that tells the numbers of signals which would end this process, or resize its window."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    former = {number: signal.signal(number, _ignore) for number in (*_PASSED_ON, signal.SIGWINCH)}
    woken = signal.set_wakeup_fd(write)
    try:
        yield read
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in former.items():
            signal.signal(number, handler)
        os.close(read)
        os.close(write)


@contextmanager
def _raw_terminal() -> Iterator[None]:
    """Hand on each key as it is pressed: what Ctrl-C means is for the other end to say."""
    former = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, former)


def _size() -> tuple[int, int]:
    rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))
    return rows, columns


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """The wakeup descriptor tells of it."""


def _nothing() -> None:
    """The answer's turn comes last."""
