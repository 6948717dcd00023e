"""Whether a file that root is about to obey is nobody else's to write."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from netproof.errors import InputError, Problem

MAX_LINKS = 40
"""As many symbolic links as the kernel follows (path_resolution(7))."""


def require_trusted(file: str, status: os.stat_result) -> None:
    """Raise InputError, naming the remedy, unless the open `file` and the folders on the way to it are trusted.

    Trusted owners are root and, under sudo, the user who called it. Nobody else may write the file, nor rename
    anything on the way: a folder that others may write is fine only if it is sticky.
    """
    problems = [Problem(file, 0, 0, message) for message in _doubts(file, status)]
    if problems:
        raise InputError(problems)


def _doubts(file: str, status: os.stat_result) -> Iterator[str]:
    if not stat.S_ISREG(status.st_mode):
        yield "not a regular file; only a file's owner can be trusted"
        return
    if status.st_uid not in _owners():
        yield f"owned by user {status.st_uid}, not by root; run: chown root {file}"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield f"others may write it (mode {stat.S_IMODE(status.st_mode):04o}); run: chmod go-w {file}"
    for folder in _folders(Path(file)):
        at = folder.stat()
        if at.st_uid not in _owners():
            yield f"the folder {folder} is owned by user {at.st_uid}, not by root; move the file to a folder of root's"
        elif at.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not at.st_mode & stat.S_ISVTX:
            yield f"others may write the folder {folder}; run: chmod go-w {folder}"


def _owners() -> tuple[int, ...]:
    caller = os.environ.get("SUDO_UID", "")
    return (0, int(caller)) if caller.isascii() and caller.isdigit() else (0,)


def _folders(file: Path) -> Iterator[Path]:
    """Yield every folder in which a name on the way to `file` is looked up, those behind symbolic links too."""
    seen: set[Path] = set()
    pending = list(reversed(Path.cwd().joinpath(file).parts))
    at, links = Path(pending.pop()), 0
    while pending:
        step = pending.pop()
        if step == "..":
            at = at.parent
            continue
        if at not in seen:
            seen.add(at)
            yield at
        following = at / step
        if following.is_symlink() and links < MAX_LINKS:
            links += 1
            target = following.readlink()
            pending += reversed(target.parts)
            if target.is_absolute():
                at = Path(pending.pop())
        else:
            at = following
