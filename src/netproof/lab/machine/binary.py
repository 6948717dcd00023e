"""Which file is the other kernel."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from netproof.errors import CannotError, UsageError

INSTALLED = Path("/var/lib/netproof/uml")
"""Where `make uml` puts one, and one is looked for that nothing names."""
NAMED_BY = "NETPROOF_UML"
"""The variable that names another file."""

_RELEASE = re.compile(r"\d+\.\d+\S*").fullmatch


def kernel_file(wish: str) -> Path:
    """Return the User-Mode-Linux program that `wish` means: ``uml``, the one of this machine, or a path.

    Raises CannotError if this machine has none, UsageError if the file is no such program.
    """
    if wish != "uml":
        return _tried(Path(wish))
    named = os.environ.get(NAMED_BY)
    if not named and not INSTALLED.exists():
        raise CannotError(f"no User-Mode-Linux kernel here: `make uml` builds {INSTALLED}, {NAMED_BY} names another")
    return _tried(Path(named or INSTALLED))


def _tried(path: Path) -> Path:
    """Ask the program for its version: User-Mode Linux answers with nothing but its release."""
    path = path.absolute()
    try:
        argv = [str(path), "--version"]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
    except OSError as error:
        raise UsageError(f"{path} cannot be started as a User-Mode-Linux kernel: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{path} is no User-Mode-Linux kernel: it does not tell its version") from None
    if done.returncode or not _RELEASE(done.stdout.decode(errors="replace").strip()):
        raise UsageError(f"{path} is no User-Mode-Linux kernel: it does not tell its version as one does")
    return path
