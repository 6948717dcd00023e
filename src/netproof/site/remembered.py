"""Sites read before, kept until the next boot: to read and check one anew costs more than all else that a plan does.

What is kept is the site that a text means, under a digest of the text, of the name of its file, and of this program
(the size and time of each of its files), so that neither an edit nor an upgrade ever finds an old one. It is pickled:
only a folder that nobody but root can write is believed.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from netproof.site.load import parse_site
from netproof.site.model import Site

FOLDER = Path("/run/netproof/sites")
KEEP = 16
"""How many are kept; the oldest go."""


def parse_remembered(text: bytes, file: str) -> Site:
    """Return what `parse_site` returns, from memory if it was asked before. Raises InputError."""
    if os.geteuid():
        return parse_site(text, file)
    path = FOLDER / _digest(text, file)
    site = _recall(path)
    if site is None:
        site = parse_site(text, file)
        with suppress(OSError):  # it is only remembered, not needed
            _remember(path, site)
    return site


def _digest(text: bytes, file: str) -> str:
    program = sorted(_files(Path(__file__).parent.parent))
    return hashlib.sha256(repr((sys.version, program, file)).encode(errors="surrogateescape") + text).hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from _files(Path(entry))
        elif entry.name.endswith(".py"):
            found = entry.stat()
            yield entry.path, found.st_size, found.st_mtime_ns


def _recall(path: Path) -> Site | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as stream:
        if not all(map(_is_roots_alone, (os.fstat(fd), path.parent.stat(), path.parent.parent.stat()))):
            return None
        try:
            site = pickle.load(stream)  # noqa: S301 - nobody but root can have written it
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError):  # as pickle's manual lists
            return None
    return site if isinstance(site, Site) else None


def _is_roots_alone(status: os.stat_result) -> bool:
    return status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _remember(path: Path, site: Site) -> None:
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    beside = path.with_name(f"{os.getpid()}.new")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as stream:
            pickle.dump(site, stream)
        beside.replace(path)
    except OSError:
        beside.unlink()
        raise
    for old in sorted(path.parent.iterdir(), key=lambda p: p.stat().st_mtime_ns)[:-KEEP]:
        old.unlink(missing_ok=True)
