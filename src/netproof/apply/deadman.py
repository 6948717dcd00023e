"""The deadman: a process in a session of its own that reverts an apply which nobody confirms.

It is there, and holds the home namespace by descriptor, before the first write. The applier holds the other end of a
pipe: its end means that the applier is gone, in whatever way. Then the journal tells: gone, and there is nothing to
do; "applying", and the applier died; "unconfirmed", and there is time until the deadline; "confirmed", and the little
that comes after is still to be done. It is started as a program of its own, so that it shares neither memory, locks
nor terminal with the applier.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import syslog
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from netproof.apply.files import write_whole
from netproof.apply.place import Place
from netproof.apply.recovery import finish, revert_and_forget, since_boot
from netproof.apply.store import Store
from netproof.errors import CannotError, NetproofError
from netproof.kernel.linux import LinuxKernel
from netproof.kernel.netns import entered, open_netns

Process = tuple[int, int]
"""A process that no later one is mistaken for: pid, and start time in clock ticks since boot."""
NOBODY: Process = (0, 0)
TRACE = "deadman.log"
"""What came between a deadman and its work, in the place's folder."""
_PAUSE = 1.0
"""Seconds after which it tries again."""


@contextmanager
def armed(place: Place) -> Iterator[Process]:
    """Have a deadman watch over the block, and after it if the journal says so. Raises CannotError."""
    home = open_netns(place.netns) if place.netns else os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    watched, hold = os.pipe()
    answer, ready = os.pipe()
    names = [place.site, place.host, place.netns, str(place.state), str(place.run)]
    # -P: whatever lies in the current folder must not be taken for our modules.
    argv = [sys.executable, "-P", "-m", "netproof.apply.deadman", *names, str(home), str(watched), str(ready)]
    try:
        starter = subprocess.Popen(
            argv,
            pass_fds=(home, watched, ready),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        for fd in (home, watched, ready):
            os.close(fd)
        starter.wait()  # it forks the deadman and ends, so that no zombie is ours to bury
        with os.fdopen(answer, "rb") as said:
            pid = said.read()
        if not pid:
            raise CannotError("the process that would revert an unconfirmed apply did not start; nothing was changed")
        yield (int(pid), _started(int(pid)))
    finally:
        os.close(hold)


def dismiss(process: Process) -> None:
    """Wake a deadman up to find that it is not needed any more. One that is gone already is left in peace."""
    pid, started = process
    if not pid:
        return
    with suppress(ProcessLookupError):
        fd = os.pidfd_open(pid)
        try:
            if _started(pid) == started:
                signal.pidfd_send_signal(fd, signal.SIGTERM)
        finally:
            os.close(fd)


def _started(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return 0
    return int(stat.rpartition(")")[2].split()[19])


@dataclass(frozen=True, slots=True)
class _Watch:
    place: Place
    home: int
    watched: int
    ready: int


class _WokenError(Exception):
    """SIGTERM came: somebody wants us to look at the journal now."""


def main(argv: list[str]) -> None:
    """Become the deadman that `armed` asked for."""
    site, host, netns, state, run, home, watched, ready = argv
    watch = _Watch(Place(site, host, netns, Path(state), Path(run)), int(home), int(watched), int(ready))
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with entered(watch.home), LinuxKernel() as kernel:
        os.write(watch.ready, str(os.getpid()).encode())
        os.close(watch.ready)
        _stand_by(watch, kernel)


def _stand_by(watch: _Watch, kernel: LinuxKernel) -> None:
    """Watch; after whatever comes between leave a trace, and watch once more with all opened anew."""
    try:
        _watch(watch, kernel)
    except BaseException:  # noqa: BLE001  # nobody else would hear it, and the apply must still be reverted
        _leave_trace(watch.place, kernel)
        time.sleep(_PAUSE)
        try:
            with LinuxKernel() as again:
                _watch(watch, again)
        except BaseException:
            _leave_trace(watch.place, kernel)
            raise


def _leave_trace(place: Place, kernel: LinuxKernel) -> None:
    """Write the exception at hand beside the journal, and say so where `confirm` looks; else to the system's log."""
    told = traceback.format_exc()
    try:
        write_whole(place.folder / TRACE, told.encode(errors="backslashreplace"))
        Store(place, kernel.identity).note_reverted(f"reverting was disturbed: see {place.folder / TRACE}")
    except (NetproofError, OSError):
        syslog.openlog("netproof", syslog.LOG_PID, syslog.LOG_DAEMON)
        for line in told.splitlines():
            syslog.syslog(syslog.LOG_ERR, f"deadman of {place}: {line}")


def _watch(watch: _Watch, kernel: LinuxKernel) -> None:
    me = (os.getpid(), _started(os.getpid()))
    store = Store(watch.place, kernel.identity)
    os.read(watch.watched, 1)  # returns when the applier is gone
    journal = store.journal()
    if journal and journal.phase == "unconfirmed" and journal.deadman == me:
        _sleep(journal.deadline - since_boot())
    with store.locked(wait=True):
        journal = store.journal()
        if journal is None or journal.deadman != me:
            return
        try:
            if journal.phase == "confirmed":
                finish(store, kernel, journal)
            else:
                revert_and_forget(store, kernel, journal, "not confirmed in time")
        except NetproofError as error:  # the journal stays: `recover` tries again
            store.note_reverted(f"reverting failed: {error}")


def _sleep(seconds: float) -> None:
    def wake(_number: int, _frame: FrameType | None) -> None:
        raise _WokenError

    signal.signal(signal.SIGTERM, wake)
    with suppress(_WokenError):
        select.select([], [], [], max(0.0, seconds))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    main(sys.argv[1:])
