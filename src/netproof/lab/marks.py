"""What of a lab there is, found with no memory: by the names under /run/netns, and the mark within.

A namespace is a node of the lab of site S if it is called ``lab.S.*`` *and* its `lo` bears the lab's mark, or that of
an apply of S to one of its hosts; anything else that has such a name is foreign, told and never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netproof.errors import UsageError
from netproof.kernel.netns import FOLDER, alias_of_lo, in_thread
from netproof.lab.nodes import APPLIED, MARK, Kind, netns_of
from netproof.lab.processes import Identity


@dataclass(frozen=True, slots=True)
class Marked:
    """A namespace that bears a mark of the lab's: its name under /run/netns, and the node it is."""

    netns: str
    node: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class Found:
    """All that has a name of the lab's: its nodes, names on which nothing was mounted yet, and what is foreign."""

    nodes: tuple[Marked, ...] = ()
    bare: tuple[Path, ...] = ()
    foreign: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.bare)


def find(kind: Kind, site: str) -> Found:
    """Look for the nodes of a lab. Raises KernelError."""
    prefix = netns_of(kind, site, "")
    paths = sorted(path for path in FOLDER.iterdir() if path.name.startswith(prefix)) if FOLDER.is_dir() else []
    marks = tuple(f"{word}:{site}:" for word in (MARK, APPLIED))
    return in_thread(lambda: _sorted_out(paths, prefix, marks)) if paths else Found()


def _sorted_out(paths: list[Path], prefix: str, marks: tuple[str, ...]) -> Found:
    nodes, bare, foreign = [], [], []
    for path in paths:
        try:
            alias = alias_of_lo(path.name)
            stat = path.stat()
        except FileNotFoundError:
            continue
        except UsageError:
            # No namespace: gone meanwhile, or an empty file whose maker was killed before it mounted.
            if path.is_file() and not path.stat().st_size:
                bare.append(path)
            elif path.exists():
                foreign.append(path.name)
            continue
        if alias.startswith(marks):
            nodes.append(Marked(path.name, path.name.removeprefix(prefix), (stat.st_dev, stat.st_ino)))
        else:
            foreign.append(path.name)
    return Found(tuple(nodes), tuple(bare), tuple(foreign))
