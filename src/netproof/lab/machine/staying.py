"""Another kernel that stays up for a lab: booted, and switched off."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from netproof.errors import CannotError, UsageError
from netproof.lab.folder import held
from netproof.lab.lab import must_be_absent
from netproof.lab.machine.door import connected, door, is_up, netproof
from netproof.lab.machine.keeper import READY

_PATIENCE = 10
"""Seconds after which a keeper that does not end is killed."""


def up(kernel: Path, site: str, argv: Sequence[str]) -> int:
    """Boot `kernel` for the lab of `site`, have netproof build it there with `argv`, and return the exit status.

    Unless that is 0 nothing stays. Raises UsageError if the lab is up already, BusyError if another netproof is at it,
    and CannotError if the kernel does not come up or stops.
    """
    with held("lab", site):
        must_be_absent(site)
        if is_up(site):
            raise UsageError(f"lab {site} is up already: `netproof lab down SITE` removes it")
        status: int | None = None
        try:
            _boot(kernel, door(site))
            status = netproof(site, argv)
        finally:
            if status != 0:
                _switch_off(site)
        return status


def down(site: str) -> bool:
    """Switch the other kernel of a lab off, and return when nothing of it runs; tell whether there was one.

    Raises BusyError while another netproof builds or proves in it.
    """
    if not is_up(site):
        return False
    with held("lab", site):
        return _switch_off(site)


@contextmanager
def borrowed(site: str) -> Iterator[None]:
    """Keep whoever would switch it off away from the other kernel of a lab. Raises BusyError."""
    with held("lab", site, shared=True):
        yield


def _boot(kernel: Path, path: Path) -> None:
    heard, told = os.pipe()
    path.unlink(missing_ok=True)  # that of a keeper which was killed
    argv = [sys.executable, "-P", "-m", "netproof.lab.machine.keeper", str(kernel), str(path), str(told)]
    null = subprocess.DEVNULL
    keeper = subprocess.Popen(
        argv, stdin=null, stdout=null, stderr=null, pass_fds=(told,), start_new_session=True, cwd="/"
    )
    os.close(told)
    try:
        with os.fdopen(heard, "rb") as answer:
            said = answer.read()
    except BaseException:
        keeper.terminate()
        keeper.wait()
        raise
    if said != READY:
        raise CannotError(said.decode() or "the process that keeps the other kernel did not start")


def _switch_off(site: str) -> bool:
    sock = connected(site)
    if sock is None:
        return False
    with sock:
        keeper = struct.unpack("iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        with suppress(ProcessLookupError):
            os.kill(keeper, signal.SIGTERM)
        sock.settimeout(_PATIENCE)
        try:
            while sock.recv(1 << 16):
                pass
        except TimeoutError:
            with suppress(OSError):  # it went just now; or, once killed, is not gone within the same time again
                os.kill(keeper, signal.SIGKILL)
                sock.recv(1)
        except OSError:  # it left without a word
            pass
    return True
