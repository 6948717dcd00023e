"""A command run under another kernel, its output and exit status passed through.

The kernel is a process of ours (User-Mode Linux) that sees our root file system, read-only, and writes to memory. It
lives in a PID namespace of its own, whose first process it is: who kills that leaves no other. What goes to and fro
lies in a tmpfs that only its mount namespace has, at /run, and that we reach through /proc. So there is nothing to
remove, and nothing is left even if we are killed: the starter asks for a SIGKILL at our death, its child at its own.
"""

from __future__ import annotations

import codecs
import os
import select
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from netproof.errors import CannotError, UsageError
from netproof.kernel.privilege import require_root

Say = Callable[[str], None]
"""Prints a piece of text."""

OWN = tuple(Path(name) for name in ("/run", "/dev", "/proc", "/sys"))
"""Folders that the other kernel has for itself."""
PAUSE = 30
"""Milliseconds between two looks at what was said."""

_ALONE = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL")
_BOOT = Path(__file__).with_name("boot")


def run(kernel: Path, argv: Sequence[str], out: Say, err: Say) -> int:
    """Run `argv` under `kernel` in the current folder and return its exit status; `out` and `err` get what it says.

    An exception from outside, Interrupted among them, ends the kernel and all in it before it goes on. Raises
    CannotError if this is not root, or the kernel stops before the command has ended.
    """
    require_root()
    with started(kernel, argv) as (process, console), ExitStack() as stack:
        said = b""
        folder: int | None = None
        pumps: list[_Pump] = []
        while True:
            heard = select.select([console], [], [], PAUSE / 1000)[0]
            chunk = os.read(console, 1 << 16) if heard else None
            if folder is None and (folder := _exchange(process)) is not None:
                stack.callback(os.close, folder)
                pumps = [stack.enter_context(_pump(folder, *to)) for to in (("stdout", out), ("stderr", err))]
            for pump in pumps:
                pump.move()
            if chunk == b"":
                return _status(folder, said)
            said += chunk or b""


def require_seen(file: str) -> None:
    """Raise UsageError if `file` is nothing that the other kernel sees: a pipe, or in a folder that it has itself."""
    path = Path(file).resolve()
    if not path.is_file() or any(path.is_relative_to(folder) for folder in OWN):
        told = ", ".join(map(str, OWN))
        raise UsageError(f"{file} is not seen by another kernel: it must be a file, and not below {told}")


@contextmanager
def started(kernel: Path, argv: Sequence[str], line: int | None = None) -> Iterator[tuple[int, int]]:
    """Start it away from our terminal, whose Ctrl-C is for us; at the end wait until its last process is gone.

    Yields its process id and its console, which ends when no process of it is left. The descriptor `line` is its first
    serial line. Raises CannotError.
    """
    attached, lines = ("null", ()) if line is None else (f"fd:{line}", (line,))
    command = [*_ALONE, "bash", str(_BOOT), str(kernel), attached, str(Path.cwd()), *argv]
    console, far_end = os.pipe()
    null = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, stdin=null, stdout=far_end, stderr=far_end, start_new_session=True, pass_fds=lines
        )
    except OSError as error:
        os.close(console)
        raise CannotError(f"{command[0]} cannot be started: {error.strerror}; it comes with util-linux") from error
    finally:
        os.close(far_end)
    try:
        yield process.pid, console
    finally:
        process.kill()
        process.wait()
        while os.read(console, 1 << 16):
            pass
        os.close(console)


def _exchange(pid: int) -> int | None:
    """Return a descriptor of the folder shared with the kernel, None as long as it is not ready."""
    path = Path(f"/proc/{pid}/root/run")
    try:
        if not (path / "stdout").exists() or path.stat().st_dev == Path("/run").stat().st_dev:
            return None
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # it is just coming, or gone already
        return None


class _Pump:
    """Hands on what has come into a file since the last time."""

    def __init__(self, descriptor: int, say: Say) -> None:
        self._descriptor, self._say = descriptor, say
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def move(self) -> None:
        """Hand on all that is there."""
        while chunk := os.read(self._descriptor, 1 << 16):
            self._say(self._decoder.decode(chunk))


@contextmanager
def _pump(folder: int, name: str, say: Say) -> Iterator[_Pump]:
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        yield _Pump(descriptor, say)
    finally:
        os.close(descriptor)


def _status(folder: int | None, said: bytes) -> int:
    if folder is not None:
        with suppress(FileNotFoundError, ValueError):
            descriptor = os.open("status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
            with os.fdopen(descriptor) as stream:
                return int(stream.read())
    raise CannotError(f"the other kernel stopped before the command had ended; its last words: {last_words(said)}")


def last_words(said: bytes) -> str:
    """Return the last line that is not empty of what was said on a console."""
    lines = said.decode(errors="backslashreplace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "none")
