"""Work that a process of its own does beside this one: there are two cores, and what it hears is no business of ours.

::

    parent ──┬─ fork ── its own work ────── result ─┬─ both are known
             └──────── work(link) ── pickled ───────┘
                 link: whoever finds it closed knows that the other is gone
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from netproof.errors import CannotError

T = TypeVar("T")


class Beside(Generic[T]):
    """A process at work, `name` to people. `link` can be read whenever it has something to say, or has died."""

    def __init__(self, name: str, pid: int, link: socket.socket) -> None:
        self._name, self._pid, self.link = name, pid, link
        self._said = bytearray()
        self._is_over = False

    def listen(self) -> bool:
        """Take in what it says, without waiting; tell whether more may come. Raises CannotError if it has died."""
        self.link.setblocking(False)
        try:
            while chunk := self.link.recv(1 << 20):
                self._said += chunk
        except BlockingIOError:
            return True
        self._bury()
        return False

    def result(self) -> T:
        """Wait until it is done and return what its work returned. Raises CannotError if it has died, or failed."""
        self.link.setblocking(True)
        while not self._is_over and (chunk := self.link.recv(1 << 20)):
            self._said += chunk
        self._bury()
        made: T = pickle.loads(self._said)  # noqa: S301  # our own child wrote it
        return made

    def end(self) -> None:
        """Be sure that it is gone, whatever it was doing."""
        self.link.close()
        if not self._is_over:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    def _bury(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if code:
            why = f"it was ended by {signal.Signals(-code).name}" if code < 0 else self._said.decode()
            raise CannotError(f"{self._name} could not be finished: {why}")


@contextmanager
def beside(name: str, work: Callable[[socket.socket], T]) -> Iterator[Beside[T]]:
    """Yield a process that does `work`, handed the link by which it would notice that we are gone.

    It ends with the block at the latest. It is deaf to Ctrl-C: whoever began it ends it.
    """
    link, far = socket.socketpair()
    pid = os.fork()
    if not pid:
        link.close()
        _work(work, far)
    far.close()
    process = Beside[T](name, pid, link)
    try:
        yield process
    finally:
        process.end()


def leave() -> bool:
    """End a process whose parent is gone."""
    os._exit(1)


def _work(work: Callable[[socket.socket], T], link: socket.socket) -> None:
    """Do `work` and end this process: nothing of what the parent would do afterwards is its to do."""
    status, said = 1, b"it was interrupted"
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        said, status = pickle.dumps(work(link)), 0
    except BaseException as error:  # noqa: BLE001  # told by the parent, as its own
        said = f"{type(error).__name__}: {error}".encode()
    finally:
        try:
            link.setblocking(True)
            link.sendall(said)
        finally:
            os._exit(status)
