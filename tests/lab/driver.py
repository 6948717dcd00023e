"""Builds a lab in a process of its own, which may be told to die by SIGKILL before its k-th write to the kernel.

Usage: driver.py up|twin SITE-FILE [K]. Without K it prints how many writes there were.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from netproof.errors import Interrupted
from netproof.kernel import linux, netns
from netproof.kernel.channel import Channel
from netproof.lab.lab import twin_of, up
from netproof.site.load import load_site

_writes = count(1)


def _mortal(write: Callable[..., Any], last: int) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if next(_writes) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*args, **kwargs)

    return wrapped


def _terminated(*_: object) -> None:
    raise Interrupted


def main(kind: str, file: str, last: int = 0) -> None:
    for owner, name in ((Channel, "send"), (netns, "_bind"), (linux, "transact"), (Path, "mkdir")):
        setattr(owner, name, _mortal(getattr(owner, name), last))
    signal.signal(signal.SIGTERM, _terminated)  # as the command line does
    site = load_site(file)
    if kind == "up":
        up(site)
        print(next(_writes) - 1)
    else:
        with twin_of(site):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
