"""The attendant: under the other kernel, it starts commands for whoever speaks on the line (see `line`).

Started by init as the command of a machine that stays up; only a machine that is switched off ends it.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from netproof.lab.machine.command import Command
from netproof.lab.machine.line import WINDOW, Decoder, Frame, Kind, encoded, numbered

LINE = "/dev/ttyS0"
_PIECE = 1 << 14
_OWN_SESSION = ("setsid", "--ctty")
"""Its standard input becomes its controlling terminal."""
Say = Callable[[Frame], None]
Wishes = dict[int, Callable[[], None]]
"""What is to be done when a descriptor is ready."""


@dataclass(slots=True, eq=False)
class Job:
    """A running command: its streams by descriptor, and `room` for what it says."""

    channel: int
    say: Say
    process: subprocess.Popen[bytes]
    pidfd: int
    input: int | None
    outputs: dict[int, Kind]
    room: int = WINDOW
    pending: bytearray = field(default_factory=bytearray)
    input_ends: bool = False
    ended: bool = False

    def wishes(self, read: Wishes, write: Wishes) -> None:
        """Add what this job waits for."""
        if not self.ended:
            read[self.pidfd] = self._end
        if self.room:
            read |= {fd: lambda fd=fd: self._speak(fd) for fd in self.outputs}  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        if self.pending and self.input is not None:
            write[self.input] = self._feed

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended and all that it said has been passed on."""
        return self.ended and not self.outputs

    def obey(self, frame: Frame) -> None:
        """Do what is asked for on its channel."""
        if frame.kind == Kind.INPUT:
            self.pending += frame.content
            self.input_ends |= not frame.content
            if not self.pending:
                self._end_input()
        elif frame.kind == Kind.TAKEN:
            self.room += frame.numbers()[0]
            if self.ended:
                self._say_the_rest()
        elif frame.kind == Kind.SIGNAL:
            self._kill(frame.numbers()[0])
        elif frame.kind == Kind.SIZE:
            for fd in self.outputs:
                resize(fd, *frame.numbers())
        elif frame.kind == Kind.HUNG_UP:
            self._kill(signal.SIGKILL)
            for fd in tuple(self.outputs):
                self._close(fd)

    def close(self) -> None:
        """Let go of it, and tell how it ended."""
        self.input_ends, self.pending = True, bytearray()
        self._end_input()
        os.close(self.pidfd)
        self.say(numbered(self.channel, Kind.END, self.process.returncode))

    def _end(self) -> None:
        self.process.wait()
        self.ended = True
        self._say_the_rest()

    def _say_the_rest(self) -> None:
        for fd in tuple(self.outputs):
            while self.room and self._speak(fd):
                pass

    def _speak(self, fd: int) -> bool:
        """Pass on what it says; tell whether there may be more. What others say when it has ended is not its own."""
        if fd not in self.outputs:
            return False
        try:
            piece = os.read(fd, min(self.room, _PIECE))
        except BlockingIOError:
            if self.ended:
                self._close(fd)
            return False
        except OSError:  # EIO: a terminal that nobody has any more
            piece = b""
        if not piece:
            self._close(fd)
            return False
        self.room -= len(piece)
        self.say(Frame(self.channel, self.outputs[fd], piece))
        return True

    def _feed(self) -> None:
        if self.input is None:
            return
        try:
            taken = os.write(self.input, self.pending[:_PIECE])
        except BlockingIOError:
            return
        except OSError:  # nobody reads it: to write on is no use, to wait neither
            taken = len(self.pending)
        del self.pending[:taken]
        self.say(numbered(self.channel, Kind.TAKEN, taken))
        if not self.pending:
            self._end_input()

    def _end_input(self) -> None:
        if self.input_ends and self.input is not None:
            os.close(self.input)
            self.input = None

    def _kill(self, number: int) -> None:
        if not self.ended:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def _close(self, fd: int) -> None:
        os.close(fd)
        del self.outputs[fd]


def started(channel: int, command: Command, say: Say) -> Job:
    """Start a command. Raises OSError if there is no such program."""
    return (_on_pipes if command.size is None else _on_terminal)(channel, command, say)


def _on_pipes(channel: int, command: Command, say: Say) -> Job:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env=command.environment,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    )
    fds = [os.dup(stream.fileno()) for stream in (process.stdin, process.stdout, process.stderr) if stream]
    for fd, stream in zip(fds, (process.stdin, process.stdout, process.stderr), strict=True):
        os.set_blocking(fd, False)
        stream.close()  # type: ignore[union-attr]  # each is a pipe
    return Job(channel, say, process, os.pidfd_open(process.pid), fds[0], {fds[1]: Kind.OUTPUT, fds[2]: Kind.ERRORS})


def _on_terminal(channel: int, command: Command, say: Say) -> Job:
    own, its = pty.openpty()
    resize(own, *(command.size or (0, 0)))
    try:
        process = subprocess.Popen(
            (*_OWN_SESSION, *command.argv),
            cwd=command.folder,
            env=command.environment,
            stdin=its,
            stdout=its,
            stderr=its,
        )
    except OSError:
        os.close(own)
        raise
    finally:
        os.close(its)
    os.set_blocking(own, False)
    return Job(channel, say, process, os.pidfd_open(process.pid), os.dup(own), {own: Kind.OUTPUT})


def resize(terminal: int, rows: int, columns: int) -> None:
    """Give a terminal its size; a pipe has none."""
    with suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def attend(line: int) -> None:
    """Serve whoever speaks on the descriptor `line`, until that ends."""
    jobs: dict[int, Job] = {}
    decoder = Decoder()

    def say(frame: Frame) -> None:
        rest = encoded(frame)
        while rest:
            rest = rest[os.write(line, rest) :]

    say(Frame(0, Kind.READY))
    while True:
        read: Wishes = {}
        write: Wishes = {}
        for job in jobs.values():
            job.wishes(read, write)
        readable, writable, _ = select.select([*read, line], write, [])
        for fd in writable:
            write[fd]()
        for fd in readable:
            read.get(fd, _nothing)()
        if line in readable:
            piece = os.read(line, _PIECE)
            if not piece:
                return
            say(numbered(0, Kind.TAKEN, len(piece)))
            for frame in decoder.feed(piece):
                _take(frame, jobs, say)
        for job in [job for job in jobs.values() if job.is_over]:
            del jobs[job.channel]
            job.close()


def _take(frame: Frame, jobs: dict[int, Job], say: Say) -> None:
    if frame.kind == Kind.START:
        command = Command.decoded(frame.content)
        try:
            jobs[frame.channel] = started(frame.channel, command, say)
        except OSError as error:
            say(Frame(frame.channel, Kind.ERRORS, f"{command.argv[0]}: {error.strerror}\n".encode()))
            say(numbered(frame.channel, Kind.END, 127))
    elif frame.channel in jobs:
        jobs[frame.channel].obey(frame)


def _nothing() -> None:
    """The line's turn comes last: what is said there may close what was ready."""


def main() -> None:
    """Attend to the serial line."""
    line = os.open(LINE, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    tty.setraw(line)
    attend(line)


if __name__ == "__main__":
    main()
