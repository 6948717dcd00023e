"""What is kept about a place: journal, record, confirmed site, last apply; and the lock of its namespace."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netproof.apply.files import make_folder, read_whole, remove, rename, write_whole
from netproof.apply.journal import Journal, from_bytes, record_from_json, record_to_json, to_bytes
from netproof.apply.place import Place, place_in
from netproof.change.ownership import Record, merged
from netproof.errors import ApplyError, BusyError, ConflictError
from netproof.values.naming import ANNEX

JOURNAL, LAST, RECORD, CONFIRMED, REVERTED = "journal.json", "last.json", "record.json", "confirmed.yaml", "reverted"


class Store:
    """The files of one place. A journal of another boot, or of another namespace of the name, is as none."""

    def __init__(self, place: Place, identity: str) -> None:
        self.place, self.identity, self._folder = place, identity, place.folder

    @contextmanager
    def locked(self, *, wait: bool = False) -> Iterator[None]:
        """Hold the namespace's lock. Raises BusyError, naming the holder, unless it may `wait`.

        Its holder takes the file away; so who gets the lock of a file that has no name any more tries again.
        """
        path = self.place.lock_file(self.identity)
        fd = self._taken(path, wait)
        while not os.fstat(fd).st_nlink:
            os.close(fd)
            fd = self._taken(path, wait)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(fd)

    def _taken(self, path: Path, wait: bool) -> int:
        try:
            make_folder(path.parent)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise ApplyError(f"cannot open the lock {path}: {error.strerror}") from error
        try:
            self._take(fd, wait)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _take(self, fd: int, wait: bool) -> None:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            holder = os.pread(fd, 100, 0).decode(errors="replace") or "just begun"
            raise BusyError(f"another apply ({holder}) holds this namespace: wait until it is done") from error
        with suppress(OSError):  # a full disk: then who is turned away is not told by whom
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"pid {os.getpid()}, since {time.strftime('%H:%M:%S')}".encode(), 0)

    def require_alone(self) -> None:
        """Raise ConflictError where this namespace holds, or waits for, what was applied to another place."""
        for folder in _folders(self.place.state, 3):
            held = (folder / CONFIRMED).exists() and self._is_of_this_namespace(folder / RECORD)
            if folder != self._folder and (held or self._is_of_this_namespace(folder / JOURNAL)):
                raise ConflictError(
                    f"this namespace belongs to {place_in(folder)} already (see {folder}): one site and host per "
                    "network namespace, called by one name; `confirm` or `remove` that one first"
                )

    def annexes(self) -> str:
        """Return the pattern of the names of this place's annexes, which may be there although no record tells of them.

        It is empty where the host is remembered in another namespace, too: then they may be that one's.
        """
        others = [folder for folder in _folders(self._folder.parent, 1) if folder != self._folder]
        if any((folder / name).exists() for folder in others for name in (CONFIRMED, JOURNAL)):
            return ""
        site, host = self.place.site, self.place.host
        home = f"{site}.{host}"  # of a lab, with what all of its nodes begin with
        prefix = self.place.netns.removesuffix(home) if self.place.netns.endswith(f".{home}") else ""
        return f"{prefix}{site}.*{ANNEX}{host}"

    def _is_of_this_namespace(self, path: Path) -> bool:
        """Look at the file's beginning alone: it may be large, and nobody's concern but for that."""
        try:
            with path.open("rb") as file:
                return file.read(200).startswith(f'{{"identity": {json.dumps(self.identity)}'.encode())
        except FileNotFoundError:
            return False

    def journal(self) -> Journal | None:
        """Return the journal of an apply that is not finished."""
        return self._load(JOURNAL)

    def write_journal(self, journal: Journal) -> None:
        """Put the journal on the disk. Raises ApplyError."""
        write_whole(self._folder / JOURNAL, to_bytes(journal))

    def forget_journal(self) -> None:
        """Take the journal away: what it told of was undone."""
        remove(self._folder / JOURNAL)

    def last(self) -> Journal | None:
        """Return the journal of the last confirmed apply, if of this boot."""
        return self._load(LAST)

    def had_last(self) -> bool:
        """Say whether there is one, of whatever boot."""
        return (self._folder / LAST).exists()

    def record(self) -> Record:
        """Return the record; that of an apply under way knows of both sides."""
        content = read_whole(self._folder / RECORD)
        try:
            value = json.loads(content) if content else {"identity": ""}
            kept = record_from_json(value["kept"]) if value["identity"] == self.identity else Record()
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(RECORD, error) from error
        journal = self.journal()
        return merged(kept, journal.next_record) if journal else kept

    def write_record(self, record: Record) -> None:
        """Put the record on the disk. Raises ApplyError."""
        value = {"identity": self.identity, "kept": record_to_json(record)}
        write_whole(self._folder / RECORD, json.dumps(value).encode())

    def confirmed(self) -> bytes | None:
        """Return the site file that was confirmed last."""
        return read_whole(self._folder / CONFIRMED)

    def write_confirmed(self, text: bytes | None) -> None:
        """Keep the site file for the next boot; None: there is none any more. Raises ApplyError."""
        if text is None:
            remove(self._folder / CONFIRMED)
        else:
            write_whole(self._folder / CONFIRMED, text)

    def finish(self, journal: Journal) -> None:
        """Make a confirmed apply the last one. Killed in its middle it can be run again. Raises ApplyError."""
        self.write_record(journal.next_record)
        self.write_confirmed(journal.text)
        remove(self._folder / REVERTED)
        if journal.is_rollback:
            remove(self._folder / LAST)
            self.forget_journal()
        else:
            rename(self._folder / JOURNAL, self._folder / LAST)

    def note_reverted(self, why: str) -> None:
        """Remember that an unconfirmed apply was reverted, for whoever asks to confirm it."""
        write_whole(self._folder / REVERTED, f"{time.strftime('%H:%M:%S')}: {why}".encode())

    def reverted(self) -> str:
        """Return when and why the last unconfirmed apply was reverted, empty if none was."""
        return (read_whole(self._folder / REVERTED) or b"").decode()

    def _load(self, name: str) -> Journal | None:
        content = read_whole(self._folder / name)
        if content is None:
            return None
        try:
            journal = from_bytes(content)
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(name, error) from error
        return journal if journal.identity == self.identity else None

    def _damaged(self, name: str, error: Exception) -> ApplyError:
        return ApplyError(f"{self._folder / name} is damaged: {error}; remove it to go on without it")


def _folders(root: Path, depth: int) -> Iterator[Path]:
    """Yield the folders so many levels below `root`, in order; others come and go meanwhile."""
    if depth == 0:
        yield root
        return
    with suppress(FileNotFoundError):
        for path in sorted(path for path in root.iterdir() if path.is_dir()):
            yield from _folders(path, depth - 1)
