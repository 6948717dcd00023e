"""The machine goes down, in small and in large: an applier killed with its deadman, and a reboot."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from cli.hypervisor import Hypervisor, Said, eventually
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def test_recover_restores_the_state_before_a_killed_apply(host: Hypervisor) -> None:
    """Applier and deadman are killed while the proof runs on what was just configured."""
    before = host.look()
    dying = host.begin("apply", "--prove")
    eventually(lambda: host.journal() is not None and f"{host.site}-vm1" in run("ip", "-n", host.hv, "-br", "link"))
    for deadman in host.deadmen():
        os.kill(deadman, signal.SIGKILL)
    dying.kill()
    dying.wait()
    assert host.journal()
    assert host.do("recover").out == "an apply had ended half way: the state before it is restored\n"
    assert host.look() == before
    assert host.do("recover").out == "nothing to recover\n"


def test_killed_apply_is_undone_by_its_deadman(host: Hypervisor) -> None:
    """At moments all over the apply; nobody has to call recover."""
    before = host.look()
    for moment in range(6):
        dying = host.begin("apply")
        eventually(lambda p=dying: host.journal() is not None or p.poll() is not None)  # type: ignore[misc] # bound now
        time.sleep(moment * 0.015)
        dying.kill()
        dying.wait()
        eventually(lambda: host.journal() is None and not host.deadmen())
        if host.is_applied():  # it was faster
            assert host.do("plan").out.startswith("hv1: nothing to do")
            host.do("remove")
        assert host.look() == before


def in_another_boot(host: Hypervisor, folder: Path, verb: str, *argv: str, expect: int = 0) -> Said:
    """Run a verb where the kernel tells of another boot."""
    boot_id = folder / "boot_id"
    boot_id.write_text("11111111-2222-3333-4444-555555555555\n")
    inside = f'mount --make-rprivate /proc && mount --bind {boot_id} /proc/sys/kernel/random/boot_id && exec "$@"'
    unshared = ["unshare", "-m", "--propagation", "unchanged", "sh", "-c", inside, "sh"]
    return host.do(verb, *argv, expect=expect, within=unshared)


def test_restore_brings_the_confirmed_site_back_after_a_reboot(host: Hypervisor, tmp_path: Path) -> None:
    """Not the file as it is now, with a mistake in it, nor what was never confirmed; rollback has forgotten that."""
    host.do("apply")
    confirmed = host.look()
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: [bridge-filter]"))
    host.do("apply", "--confirm", "600")
    for deadman in host.deadmen():
        os.kill(deadman, signal.SIGKILL)
    wipe(host)
    host.file.write_text(host.file.read_text().replace("bridge-filter", "bridge-flter"))
    assert "`netproof restore`" in in_another_boot(host, tmp_path, "rollback", expect=3).err
    told = in_another_boot(host, tmp_path, "restore", "--format", "json").json
    assert len(told["steps"]) > 30
    assert host.look() == confirmed
    assert in_another_boot(host, tmp_path, "restore").out.splitlines()[-1] == "as confirmed already"


def wipe(host: Hypervisor) -> None:
    """Take away what a reboot takes away: everything but NICs and what lies on them by hand."""
    for guest in host.guests():
        run("ip", "netns", "del", guest)
    run("ip", "-n", host.hv, "link", "del", f"{host.site}-dmz")
    run("ip", "netns", "exec", host.hv, "nft", "flush", "ruleset")
    run("ip", "-n", host.hv, "address", "flush", "dev", "eth1")
    run("ip", "-n", host.hv, "link", "set", "eth2", "down")
    run("ip", "netns", "exec", host.hv, "sysctl", "-qw", "net.ipv6.conf.eth2.disable_ipv6=0")


def test_restore_of_what_was_never_confirmed_is_refused(host: Hypervisor) -> None:
    """There is nothing to restore, and the sentence says for what."""
    said = host.refused("restore", expect=2)
    assert said == (
        f"netproof: no site was ever confirmed for hv1 of {host.site} in netns {host.hv}: there is nothing to restore"
    )


def test_rollback_puts_a_guests_address_back_as_it_was(host: Hypervisor) -> None:
    """Usable at once: it is not tried for duplicates, as it was not when it was made."""
    host.do("apply")
    guest = ("-o", "-n", f"{host.site}.vm1", "-6", "address", "show", "dev", "eth0", "scope", "global")
    before = run("ip", *guest)
    host.file.write_text(host.file.read_text().replace("2001:db8:51::11/64", "2001:db8:51::21/64"))
    host.do("apply", "--confirm", "60")
    assert "2001:db8:51::21/64" in run("ip", *guest)
    host.do("rollback")
    assert run("ip", *guest) == before
