"""From a site file to the site, or to all that is wrong with it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from netproof.declared import MAX_BYTES
from netproof.errors import InputError, Problem
from netproof.site.model import Site
from netproof.site.trusted import require_trusted


def load_site(path: str | os.PathLike[str], *, trusted: bool = False) -> Site:
    """Return the site that the file at `path` declares; `trusted` as for `read_text`.

    Raises InputError with every problem found.
    """
    return parse_site(read_text(path, trusted=trusted), os.fspath(path))


def read_text(path: str | os.PathLike[str], *, trusted: bool = False) -> bytes:
    """Return the text of a site file, read once, so that what is checked is what is used and kept.

    `trusted`: the site is about to be applied with root's rights, so that the file and the folders above it must be
    nobody else's to write. Raises InputError.
    """
    file = os.fspath(path)
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - an empty name is no folder here, as it is for a Path
            if trusted:
                require_trusted(file, os.fstat(stream.fileno()))
            return _read(stream.fileno())
    except OSError as error:
        raise InputError([Problem(file, 0, 0, f"cannot be read: {error.strerror}")]) from None


def _read(descriptor: int) -> bytes:
    """Read to the end, but not far beyond what a site file can have: it may be a pipe, or endless."""
    chunks: list[bytes] = []
    size = 0
    while size <= MAX_BYTES and (chunk := os.read(descriptor, 1 << 20)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def parse_site(text: bytes, file: str) -> Site:
    """Return the site that `text` declares; `file` names it in problems. Raises InputError with every problem found."""
    with collector_paused():
        return _site(text, file)


def _site(text: bytes, file: str) -> Site:
    from netproof.declared.document import read
    from netproof.site.build import site_of
    from netproof.site.checks import problems

    document = read(text, file)
    if found := problems(document):
        raise InputError(found)
    return site_of(document)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cycle collector: who makes many objects and no garbage takes twice the time where it looks for some."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
