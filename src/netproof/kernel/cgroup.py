"""The cgroup of a process, as it bounds how many tasks there are (cgroups(7); both versions)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cgroup:
    """`path` is the directory of the cgroup that counts a process' tasks, "" where none does; `unit` is systemd's.

    The one at the `top` has no bounds.
    """

    path: str
    unit: str
    most_tasks: int | None
    top: bool = False


def cgroup(pid: int) -> Cgroup:
    """Return the cgroup of a process. Raises OSError when the process has gone."""
    lines = (_PROC / str(pid) / "cgroup").read_text().splitlines()
    paths = {name: path for _, names, path in (line.split(":", 2) for line in lines) for name in names.split(",")}
    unit = _unit(paths.get("name=systemd", paths.get("", "")))
    top = counting_tree()
    path = paths.get("pids", paths.get(""))
    if top is None or path is None:
        return Cgroup("", unit, None)
    folder = top / path.lstrip("/")
    return Cgroup(str(folder), unit, _least(folder, top), top=folder == top)


def _unit(path: str) -> str:
    """Return the service that a cgroup is of, "" for those of users' own systemd."""
    return next((part for part in reversed(path.split("/")) if part.endswith(".service") and "/user@" not in path), "")


def counting_tree() -> Path | None:
    """Return where the cgroups are mounted that count tasks: version 1's `pids`, or else version 2 with it."""
    for line in (_PROC / "self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        mounted = Path(left.split(" ")[4])
        if kind == "cgroup" and "pids" in options.split(","):
            return mounted
        if kind == "cgroup2" and "pids" in (mounted / "cgroup.controllers").read_text().split():
            return mounted
    return None


def _least(folder: Path, top: Path) -> int | None:
    limits = []
    while folder not in (top, folder.parent):
        with suppress(OSError, ValueError):  # no such controller here, or "max"
            limits.append(int((folder / "pids.max").read_text()))
        folder = folder.parent
    return min(limits, default=None)
