"""What root must be able to do here, asked before anything is begun: containers and sandboxes drop some of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from netproof.errors import CannotError

_NUMBERS: Final = {"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_SYS_ADMIN": 21}
ALWAYS: Final = ("CAP_NET_ADMIN", "CAP_SYS_ADMIN")
"""To configure a network, and to enter namespaces."""


def require_root(*also: str) -> None:
    """Raise CannotError, naming the remedy, unless this is root with the capabilities `ALWAYS` and `also`."""
    if os.geteuid():
        raise CannotError("needs root: run with sudo")
    status = Path("/proc/self/status").read_text()
    held = int(status.partition("CapEff:")[2].split()[0], 16)
    lacking = [name for name in (*ALWAYS, *also) if not held >> _NUMBERS[name] & 1]
    if lacking:
        raise CannotError(f"root lacks {' and '.join(lacking)} here: grant it, or run outside of this container")
