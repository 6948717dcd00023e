"""What root obeys must be nobody else's to write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netproof.errors import InputError
from netproof.site.load import load_site

pytestmark = pytest.mark.needs("root")
NOBODY = 65534


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of root's below a sticky one."""
    monkeypatch.delenv("SUDO_UID", raising=False)
    path = tmp_path_factory.mktemp("trusted")
    path.chmod(0o755)
    (path / "site.yaml").write_text("netproof: 1\nsite: s\n")
    (path / "site.yaml").chmod(0o644)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_site(path, trusted=True)
    assert load_site(path).name == "s", "a lab takes any file"
    return str(caught.value)


def test_roots_file_is_trusted(folder: Path) -> None:
    """Owner root, mode 0644, below a sticky folder."""
    assert load_site(folder / "site.yaml", trusted=True).name == "s"


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_file_that_others_may_write_is_refused_with_the_remedy(folder: Path, mode: int) -> None:
    """Group or other."""
    file = folder / "site.yaml"
    file.chmod(mode)
    assert f"run: chmod go-w {file}" in refused(file)


def test_file_of_another_user_is_refused_with_the_remedy(folder: Path) -> None:
    """A user other than root."""
    os.chown(folder / "site.yaml", NOBODY, -1)
    assert "owned by user 65534, not by root; run: chown root" in refused(folder / "site.yaml")


def test_file_of_the_sudo_caller_is_trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who called sudo could do it all anyway."""
    os.chown(folder / "site.yaml", NOBODY, -1)
    monkeypatch.setenv("SUDO_UID", str(NOBODY))
    assert load_site(folder / "site.yaml", trusted=True).name == "s"


def test_folder_that_others_may_write_is_refused(folder: Path) -> None:
    """Who may write the folder may put another file there, also further up."""
    (folder / "deep").mkdir(0o755)
    (folder / "site.yaml").rename(folder / "deep" / "site.yaml")
    folder.chmod(0o777)
    assert f"others may write the folder {folder}; run: chmod go-w {folder}" in refused(folder / "deep" / "site.yaml")
    folder.chmod(0o1777)
    assert load_site(folder / "deep" / "site.yaml", trusted=True).name == "s"


def test_folder_of_another_user_is_refused(folder: Path) -> None:
    """Its owner may write it."""
    os.chown(folder, NOBODY, -1)
    assert f"the folder {folder} is owned by user 65534" in refused(folder / "site.yaml")


def test_link_through_an_open_folder_is_refused(folder: Path) -> None:
    """A symbolic link is as good as the folder it stands in, and as those it leads through."""
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    (folder / "open" / "link.yaml").symlink_to(folder / "site.yaml")
    assert "others may write the folder" in refused(folder / "open" / "link.yaml")
    (folder / "safe.yaml").symlink_to("open/../open/link.yaml")
    assert "others may write the folder" in refused(folder / "safe.yaml")


def test_relative_path_is_judged_as_a_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders above the working directory count."""
    folder.chmod(0o777)
    monkeypatch.chdir(folder)
    assert "others may write the folder" in refused(Path("site.yaml"))


def test_pipe_is_not_trusted() -> None:
    """Nobody knows who writes it."""
    read, write = os.pipe()
    os.write(write, b"netproof: 1\nsite: s\n")
    os.close(write)
    with pytest.raises(InputError, match="not a regular file"):
        load_site(f"/dev/fd/{read}", trusted=True)
    os.close(read)
