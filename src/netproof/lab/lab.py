"""Labs, whole: up, down, what there is, and the twin that comes and goes with a proof."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netproof.apply import signals
from netproof.errors import ConflictError, UsageError
from netproof.kernel.vantage import NamespaceVantage
from netproof.lab.build import build
from netproof.lab.folder import Built, digest, emptied, folder, held, read_built, write_built
from netproof.lab.honesty import require_honest
from netproof.lab.marks import Found, Marked, find
from netproof.lab.nodes import KINDS, Kind, netns_of, node_names
from netproof.lab.processes import inside
from netproof.lab.teardown import clear
from netproof.site.furnished import furnished
from netproof.site.load import collector_paused
from netproof.site.model import Site
from netproof.site.opened import opened


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab that is up: the furnished site it was built from, and in how many seconds."""

    kind: Kind
    site: Site
    seconds: float

    def vantages(self) -> Mapping[str, NamespaceVantage]:
        """Return a vantage on every node, by the node's name."""
        return {
            node: NamespaceVantage(node, netns_of(self.kind, self.site.name, node)) for node in node_names(self.site)
        }


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node of a lab: its name, its named network namespace, and how many processes run in it."""

    node: str
    netns: str
    processes: int


@dataclass(frozen=True, slots=True)
class Status:
    """What there is of a lab. `built` is None where it is not complete; `foreign` names what is not its own."""

    site: str
    built: Built | None
    nodes: tuple[NodeStatus, ...]
    foreign: tuple[str, ...]


def up(site: Site) -> Lab:
    """Build the lab of `site` and return when it has settled; a failure or an interruption leaves nothing of it.

    Raises UsageError if it is up already, ConflictError if something foreign has a name of its, BusyError if another
    netproof is at it, Interrupted, and what the compiler and the kernel raise.
    """
    with held("lab", site.name) as path:
        must_be_absent(site.name)
        return _built("lab", furnished(site), path)


def down(site_name: str) -> int:
    """Take the lab of a site away, and what a killed proof left of its twin; return how many nodes there were.

    Finds everything by the marks in the kernel: nothing that `up` wrote is needed. Raises ConflictError (when all else
    is done) that names what has a name of the lab's without its mark, BusyError if another netproof is at it,
    UsageError from within the lab, and KernelError.
    """
    removed: list[Marked] = []
    foreign: list[str] = []
    for kind in KINDS:
        with held(kind, site_name) as path:
            found = _removed(kind, site_name, path)
        removed += found.nodes
        foreign += found.foreign
    if foreign:
        raise ConflictError(f"left alone, for they lack the lab's mark: {_netns(foreign)}")
    return len(removed)


def status(site_name: str) -> Status:
    """Return what there is of the lab of a site, complete or not."""
    found = find("lab", site_name)
    running = [identity for _, identity in inside(frozenset(n.identity for n in found.nodes))]
    nodes = tuple(NodeStatus(n.node, n.netns, running.count(n.identity)) for n in found.nodes)
    return Status(site_name, read_built(folder("lab", site_name)) if nodes else None, nodes, found.foreign)


def changed(site: Site) -> bool:
    """Say whether the lab that is up was built from a site that meant something else. Raises UsageError if none is."""
    return _complete(site.name).digest != digest(furnished(site))


@contextmanager
def borrowed(site: Site) -> Iterator[Lab]:
    """Yield the lab of `site` that is up, which stays; or one built for the purpose, which goes.

    Raises UsageError if one is up whose site has changed since, that is not complete, or whose switches or wires were
    changed so that a proof in it would lie; and what `up` raises.
    """
    if not find("lab", site.name):
        with _passing("lab", furnished(site)) as lab:
            yield lab
        return
    with held("lab", site.name, shared=True):
        built = _complete(site.name)
        if changed(site):
            changes = f"{site.file or site.name} has changed since `lab up`"
            if built.file != site.file:
                changes = f"lab {site.name} was built from {built.file}, which means something else than {site.file}"
            raise UsageError(f"{changes}: {_AGAIN}")
        lab = Lab("lab", furnished(site), built.seconds)
        require_honest(lab.site, lab.kind)
        yield lab


@contextmanager
def twin_of(site: Site) -> Iterator[Lab]:
    """Yield the opened twin of `site`, with the same nodes, names and MACs; it goes with the block."""
    with _passing("twin", opened(furnished(site))) as lab:
        yield lab


_AGAIN = "`netproof lab down SITE`, then `lab up` again"


@contextmanager
def _passing(kind: Kind, site: Site) -> Iterator[Lab]:
    with held(kind, site.name) as path:
        _removed(kind, site.name, path)  # what a killed proof left
        lab = _built(kind, site, path)
        try:
            require_honest(lab.site, lab.kind)
            yield lab
        finally:
            _removed(kind, site.name, path)


def _built(kind: Kind, site: Site, path: Path) -> Lab:
    started = time.monotonic()
    _allow_many_files()
    # Signals wait: raised here while a thread makes namespaces, one would have the lab removed as it is still growing.
    with signals.held() as asked, collector_paused():
        try:
            build(site, kind, asked.check)
            built = Built(site.file, digest(site), time.monotonic() - started)
            write_built(path, built)
            asked.check()
        except BaseException:
            _removed(kind, site.name, path)
            raise
    return Lab(kind, site, built.seconds)


def _removed(kind: Kind, site: str, path: Path) -> Found:
    _allow_many_files()
    with signals.held() as asked:
        found = clear(kind, site)
        emptied(path)
        asked.check()
    return found


def _allow_many_files() -> None:
    """Several descriptors are held for each node, and the usual limit of 1,024 would do for some 300 only."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def must_be_absent(site: str) -> None:
    """Raise UsageError if there is a lab of `site`, complete or not, ConflictError if one of its names is foreign."""
    found = find("lab", site)
    if found.foreign:
        raise ConflictError(f"{_netns(found.foreign)} lacks the lab's mark and is in its way: remove or rename it")
    if found and read_built(folder("lab", site)):
        raise UsageError(f"lab {site} is up already: `netproof lab down SITE` removes it")
    if found:
        raise UsageError(f"an unfinished lab {site} is there, left by a crash: `netproof lab down SITE` removes it")


def _complete(site: str) -> Built:
    built = read_built(folder("lab", site))
    if built is None:
        raise UsageError(f"no complete lab {site} is up: {_AGAIN}")
    return built


def _netns(names: Iterable[str]) -> str:
    return "netns " + ", ".join(names)
