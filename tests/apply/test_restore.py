"""After a reboot: another boot id, another namespace of the same name, nothing in it; the files are still there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from apply.world import World, assert_looks, plug
from shell import run

UNIT = Path(__file__).parents[2] / "packaging" / "netproof-restore@.service"


def reboot(world: World) -> None:
    """Take everything away and bring up what the machine itself brings up."""
    for name in reversed(world.names()):
        run("ip", "netns", "del", name)
    run("ip", "netns", "add", world.home)
    run("ip", "-n", world.home, "link", "set", "lo", "up")
    plug(world.home)


def in_another_boot(world: World, *argv: str, expect: int = 0) -> str:
    """Run a verb where the kernel tells another boot id."""
    boot_id = world.folder / "boot_id"
    boot_id.write_text("11111111-2222-3333-4444-555555555555\n")
    inside = f'mount --make-rprivate /proc && mount --bind {boot_id} /proc/sys/kernel/random/boot_id && exec "$@"'
    return world.do(
        *argv, expect=expect, within=["unshare", "-m", "--propagation", "unchanged", "sh", "-c", inside, "sh"]
    )


@pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")
def test_restore_brings_the_last_confirmed_site_back(world: World) -> None:
    """Not the unconfirmed one; rollback says that the state before is forgotten."""
    world.do("apply", "two")
    after = world.rest()
    world.do("apply", "one", "--confirm", "600")
    reboot(world)
    assert "restore" in in_another_boot(world, "rollback", expect=3)
    in_another_boot(world, "restore")
    assert_looks(world, after, "restored")
    assert not in_another_boot(world, "restore").strip()


@pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")
def test_same_namespace_in_another_boot_has_no_journal(world: World) -> None:
    """The cookie alone could come again: it is the boot id that tells."""
    world.do("apply", "two", "--confirm", "600")
    applied = world.rest()
    assert not in_another_boot(world, "recover").strip()
    assert_looks(world, applied, "journal of another boot")
    world.do("rollback")


@pytest.mark.needs("systemd-analyze")
def test_unit_file_is_correct(tmp_path: Path) -> None:
    """systemd has not a word to say about it; it exits 0 even on unknown keys."""
    unit = tmp_path / UNIT.name.replace("@", "@hv1")
    unit.write_text(UNIT.read_text().replace("/usr/bin/netproof", str(Path(sys.executable).with_name("netproof"))))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
