"""A mount namespace of the calling thread's own, in which labs of one name meet no others of that name.

So that mutants bear the same names in every worker and every run: much is derived from the name of the site.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNS = 0x20000
_MS_REC, _MS_PRIVATE = 16384, 1 << 18
_FOLDERS = ("/run/netns", "/run/netproof", "/var/lib/netproof")
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def seclusion() -> Iterator[None]:
    """Let the calling thread, and whoever it starts, see no namespace by name and no lab but its own."""
    outside = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    here = Path.cwd()
    _must(_libc.unshare(_CLONE_NEWNS))
    try:
        _must(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
        for folder in _FOLDERS:
            Path(folder).mkdir(mode=0o755, parents=True, exist_ok=True)
            _must(_libc.mount(b"none", folder.encode(), b"tmpfs", 0, None))
        yield
    finally:
        _must(_libc.setns(outside, _CLONE_NEWNS))
        os.close(outside)
        os.chdir(here)  # to enter a mount namespace leads to its root


def _must(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
