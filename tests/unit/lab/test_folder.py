"""The folder of a lab: lock and memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netproof.errors import BusyError
from netproof.lab import folder
from netproof.lab.folder import Built, digest, emptied, held, read_built, write_built
from netproof.site.model import Site
from netproof.site.nodes import PhysicalNetwork
from netproof.site.place import Place


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of /run/netproof."""
    monkeypatch.setattr(folder, "RUN", tmp_path / "netproof")
    return tmp_path / "netproof"


def test_held_folder_is_refused_to_another() -> None:
    """Two cannot build or remove one lab at once."""
    with held("lab", "demo"), pytest.raises(BusyError, match="lab demo is being"), held("lab", "demo"):
        pass


def test_shared_holders_exclude_a_remover_only() -> None:
    """Two proofs may run in one lab, which cannot be removed meanwhile."""
    with held("lab", "demo", shared=True), held("lab", "demo", shared=True), pytest.raises(BusyError):
        held("lab", "demo").__enter__()
    with held("lab", "demo"):
        pass


def test_labs_of_other_sites_and_the_twin_are_free() -> None:
    """A lock is one site's and one kind's."""
    with held("lab", "demo"), held("lab", "other"), held("twin", "demo"):
        pass


def test_empty_folder_is_removed(run_folder: Path) -> None:
    """What holds nothing leaves no file."""
    with held("lab", "demo"):
        pass
    assert list(run_folder.iterdir()) == []


def test_folder_is_the_owners_only() -> None:
    """Nobody else may look into it."""
    with held("lab", "demo") as path:
        assert path.stat().st_mode & 0o777 == 0o700


def test_memory_survives_and_is_emptied() -> None:
    """What was written is read; a lab without it, or with a torn one, is not complete."""
    with held("lab", "demo") as path:
        assert read_built(path) is None
        write_built(path, Built("site.yaml", "abc", 0.1))
        (path / "state").mkdir()
    with held("lab", "demo") as path:
        assert read_built(path) == Built("site.yaml", "abc", 0.1)
        (path / "built.json").write_text('{"file": ')
        assert read_built(path) is None
        emptied(path)
        assert list(path.iterdir()) == []


def test_digest_follows_the_meaning_and_not_the_place() -> None:
    """A moved line is no change, a changed MTU is."""
    site = Site("demo", "a.yaml", networks={"core": PhysicalNetwork("core", place=Place("a.yaml", 3, 1))})
    moved = replace(site, file="b.yaml", networks={"core": PhysicalNetwork("core", place=Place("b.yaml", 9, 1))})
    assert digest(site) == digest(moved)
    assert digest(site) != digest(replace(site, networks={"core": PhysicalNetwork("core", mtu=1600)}))
