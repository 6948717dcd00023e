"""Files that are either whole or not there, and nobody else's to read."""

from __future__ import annotations

import os
from pathlib import Path

from netproof.errors import ApplyError


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` so that after any crash `path` holds the old or the new, and it is on the disk on return.

    Raises ApplyError: a full disk is met here, before anything else is touched.
    """
    beside = path.with_name(path.name + ".new")
    try:
        make_folder(path.parent)
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ApplyError(f"cannot write {path}: {error.strerror}") from error


def read_whole(path: Path) -> bytes | None:
    """Return what `path` holds, None if it is not there. Raises ApplyError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ApplyError(f"cannot read {path}: {error.strerror}") from error


def remove(path: Path) -> None:
    """Take the file away, for good. Raises ApplyError."""
    try:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _sync(path.parent)
    except OSError as error:
        raise ApplyError(f"cannot remove {path}: {error.strerror}") from error


def rename(old: Path, new: Path) -> None:
    """Give a file another name, for good. Raises ApplyError."""
    try:
        old.replace(new)
        _sync(new.parent)
    except OSError as error:
        raise ApplyError(f"cannot rename {old}: {error.strerror}") from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, that only its owner may enter. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
