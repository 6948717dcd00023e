"""The folder that a running lab has under /run, which is also its lock.

Whoever builds or removes the lab holds the folder exclusively, a proof in it holds it shared. The kernel lets go for a
process that dies, so nothing stale is ever in the way. ``built.json`` is written last of all: without it, what there
is of the lab was left by a crash.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

from netproof.apply import signals
from netproof.errors import BusyError
from netproof.kernel.privilege import require_root
from netproof.lab.nodes import Kind
from netproof.site.model import Site

RUN = Path("/run/netproof")
_BUILT = "built.json"


@dataclass(frozen=True, slots=True)
class Built:
    """What a complete lab remembers: the file it was built from, and the digest of what the site means."""

    file: str
    digest: str
    seconds: float


def folder(kind: Kind, site: str) -> Path:
    """Return the folder of a lab."""
    return RUN / kind / site


@contextmanager
def held(kind: Kind, site: str, *, shared: bool = False) -> Iterator[Path]:
    """Hold the lab's folder, made where it is absent, and removed at the end where it is empty.

    Raises BusyError if another process holds it, CannotError unless this is root with all its rights.
    """
    require_root()
    path = folder(kind, site)
    descriptor: int | None = None
    try:
        with signals.held() as asked:  # between the making of the folder and its lock nobody would remove it
            descriptor = _locked(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        asked.check()
        yield path
    finally:
        if descriptor is not None:
            with suppress(OSError):  # not empty, or shared with another who is not done
                path.rmdir()
                path.parent.rmdir()
            os.close(descriptor)


def _locked(path: Path, operation: int) -> int:
    while True:
        descriptor = _opened(path)
        if descriptor is None:
            continue
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink:  # else its last holder removed it before we locked it
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise BusyError(
                f"lab {path.name} is being built, removed or proved by another netproof; try again when it is done"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _opened(path: Path) -> int | None:
    """Open the folder, made where absent; None if another removed it or a folder above it meanwhile."""
    try:
        for part in (path.parent.parent, path.parent, path):
            part.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def write_built(path: Path, built: Built) -> None:
    """Write that the lab whose folder is `path` is complete."""
    text = json.dumps({f.name: getattr(built, f.name) for f in fields(built)})
    (path / _BUILT).touch(mode=0o600)
    (path / _BUILT).write_text(text)


def read_built(path: Path) -> Built | None:
    """Return what the lab remembers, None if it is not complete."""
    try:
        return Built(**json.loads((path / _BUILT).read_text()))
    except (FileNotFoundError, ValueError):  # a torn file is that of a lab that was never complete
        return None


def emptied(path: Path) -> None:
    """Remove all that lies in the folder."""
    with suppress(FileNotFoundError):
        (path / _BUILT).unlink()  # first: what is half removed is not complete
    for entry in tuple(path.iterdir()):
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def digest(site: Site) -> str:
    """Return a digest of what `site` means: places and spelling in the file do not count, order does."""
    return hashlib.sha256(repr(_meaning(site)).encode()).hexdigest()


def _meaning(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, *(_meaning(getattr(value, f.name)) for f in fields(value) if f.compare)
    if isinstance(value, Mapping):
        return [(key, _meaning(item)) for key, item in value.items()]
    if isinstance(value, tuple):
        return [_meaning(item) for item in value]
    return value
