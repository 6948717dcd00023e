"""A site remembered is the site that the file means, or none at all."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import pytest

from netproof.errors import InputError
from netproof.site import remembered
from netproof.site.load import parse_site
from netproof.site.remembered import KEEP, parse_remembered

pytestmark = pytest.mark.needs("root")

TEXT = (Path(__file__).parents[3] / "examples" / "bridge-isolation" / "site.yaml").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Remember in a folder of the test's own."""
    folder = tmp_path / "netproof" / "sites"
    monkeypatch.setattr(remembered, "FOLDER", folder)
    return folder


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whoever reads a site file anew."""
    monkeypatch.setattr(remembered, "parse_site", lambda *_: pytest.fail("was read anew"))


def test_remembered_site_is_the_site_with_its_places(folder: Path, request: pytest.FixtureRequest) -> None:
    """The second time it is not read, and equal to what reading gives, reasons' places included."""
    fresh = parse_site(TEXT, "a.yaml")
    assert parse_remembered(TEXT, "a.yaml") == fresh
    request.getfixturevalue("unread")
    again = parse_remembered(TEXT, "a.yaml")
    assert again == fresh
    assert repr(again) == repr(fresh)


def test_other_text_name_or_program_is_read_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them makes another site, or could."""
    parse_remembered(TEXT, "a.yaml")
    assert parse_remembered(TEXT.replace(b"isolation: auto", b"isolation: none"), "a.yaml").segments[
        "dmz"
    ].isolation == ("none",)
    assert parse_remembered(TEXT, "b.yaml").file == "b.yaml"
    monkeypatch.setattr(remembered, "_files", lambda _: [("upgraded", 0, 0)])
    parse_remembered(TEXT, "a.yaml")
    assert len(list(folder.iterdir())) == 4


def test_file_that_others_could_have_written_is_not_believed(folder: Path) -> None:
    """Nor one in a folder that others may write, nor half a file."""
    parse_remembered(TEXT, "a.yaml")
    [path] = folder.iterdir()
    path.write_bytes(path.read_bytes().replace(b"vm1", b"vm9"))
    assert "vm9" in parse_remembered(TEXT, "a.yaml").endpoints
    for spoil in (lambda: path.chmod(0o622), lambda: os.chown(path, 65534, 0), lambda: folder.chmod(0o777)):
        path.write_bytes(path.read_bytes().replace(b"vm1", b"vm9"))
        spoil()
        assert "vm1" in parse_remembered(TEXT, "a.yaml").endpoints
        path.chmod(0o600)
        os.chown(path, 0, 0)
        folder.chmod(0o700)
    path.write_bytes(path.read_bytes()[:100])
    assert "vm1" in parse_remembered(TEXT, "a.yaml").endpoints


def test_file_with_mistakes_is_told_every_time(folder: Path) -> None:
    """A mistake is never remembered as a site."""
    for _ in range(2):
        with pytest.raises(InputError):
            parse_remembered(TEXT.replace(b"auto", b"atuo"), "a.yaml")
    assert not folder.exists()


def test_only_so_many_are_kept_and_only_for_root(folder: Path) -> None:
    """The newest; owner only."""
    for n in range(KEEP + 3):
        parse_remembered(TEXT, f"{n}.yaml")
    kept = list(folder.iterdir())
    assert len(kept) == KEEP
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent)} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_full_disk_keeps_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site is read all the same."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pickle, "dump", full)
    assert parse_remembered(TEXT, "site.yaml").name
    assert list(folder.iterdir()) == []
