"""Sysctls below /proc/sys: those of the network belong to the namespace of the thread that opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from netproof.state.layer3 import Sysctl

_FOLDER: Final = Path("/proc/sys")


def read_sysctl(netns: str, name: str, ifname: str) -> Sysctl | None:
    """Return a sysctl of the calling thread's namespace; None if there is none of that name."""
    try:
        return Sysctl(netns, name, (_FOLDER / name).read_text().strip(), ifname)
    except FileNotFoundError:
        return None


def write_sysctl(sysctl: Sysctl) -> None:
    """Set a sysctl of the calling thread's namespace. Raises OSError."""
    with (_FOLDER / sysctl.name).open("r+b", buffering=0) as file:  # no O_CREAT: a missing one is ENOENT, not EACCES
        file.write(sysctl.value.encode())
