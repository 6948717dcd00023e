"""The door of another kernel that stays up for a lab: a socket in the lab's folder, at which one asks for commands."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from netproof.errors import CannotError
from netproof.lab.folder import folder

_COMMAND = (sys.executable, "-P", "-m", "netproof")


def door(site: str) -> Path:
    """Return where the door is of whatever kernel keeps the lab of a site."""
    return folder("lab", site) / "machine"


def connected(site: str) -> socket.socket | None:
    """Return a connection to the kernel that keeps the lab of a site; None if there is none, or we may not."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.connect(str(door(site)))
    except OSError:
        sock.close()
        return None
    return sock


def is_up(site: str) -> bool:
    """Tell whether another kernel is up for the lab of a site."""
    sock = connected(site)
    if sock:
        sock.close()
    return sock is not None


def netproof(site: str, argv: Sequence[str], *, whole: bool = False) -> int:
    """Run netproof with `argv` where the lab of `site` is; return its exit status, and raise, as `converse` does."""
    from netproof.lab.machine.client import converse

    sock = connected(site)
    if sock is None:
        raise CannotError(f"the other kernel of lab {site} is gone: `netproof lab down {site}` removes what it left")
    with sock:
        return converse(sock, [*_COMMAND, *argv], whole=whole)
