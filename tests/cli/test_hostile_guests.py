"""What root inside a guest, or of the host, does to a guest's namespace keeps nobody from plan, apply and remove."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cli.hypervisor import Hypervisor, eventually
from shell import run


@contextmanager
def nested(netns: str) -> Iterator[int]:
    """Have a process in a namespace without a name, made inside `netns`."""
    argv = ["ip", "netns", "exec", netns, "unshare", "-n", "sh", "-c", "echo; exec sleep 60"]
    inside = subprocess.Popen(argv, stdout=subprocess.PIPE)
    assert inside.stdout
    inside.stdout.readline()
    yield inside.pid
    inside.kill()
    inside.communicate()


def test_interface_that_its_guest_moved_away_is_made_anew(host: Hypervisor) -> None:
    """The guard holds the far end wherever it is; the next apply replaces the pair."""
    host.do("apply")
    guest = f"{host.site}.vm1"
    with nested(guest) as pid:
        run("ip", "-n", guest, "link", "set", "eth0", "netns", str(pid))
        assert "veth" in host.do("plan").out
        host.do("apply")
        assert "198.51.100.11/24" in run("ip", "-n", guest, "-br", "address")
        assert host.do("plan").out.startswith("hv1: nothing to do")


def test_unconfirmed_apply_over_an_interface_that_was_moved_away_is_undone(host: Hypervisor) -> None:
    """What cannot be brought back is left out; all else is restored, and remove leaves nothing."""
    before = host.look()
    host.do("apply")
    guest = f"{host.site}.vm1"
    with nested(guest) as pid:
        run("ip", "-n", guest, "link", "set", "eth0", "netns", str(pid))
        host.do("apply", "--confirm", "60")
        host.do("rollback")
        assert host.journal() is None
        host.do("remove")
    assert host.look() == before


def test_namespace_whose_name_was_deleted_under_a_process_is_made_anew(host: Hypervisor) -> None:
    """`ip netns del` takes the name alone: the far end lives on in a namespace that nobody can name."""
    before = host.look()
    host.do("apply")
    guest = f"{host.site}.vm1"
    host.started.append(subprocess.Popen(["ip", "netns", "exec", guest, "sleep", "60"], text=True))
    time.sleep(0.2)
    run("ip", "netns", "del", guest)
    host.do("apply")
    assert host.do("plan").out.startswith("hv1: nothing to do")
    run("ip", "netns", "del", guest)
    host.do("remove")
    assert host.look() == before


def test_interface_with_a_name_that_is_no_text_comes_back(host: Hypervisor) -> None:
    """The deadman makes it again under that very name."""
    host.do("apply")
    guest = f"{host.site}.vm1"
    run("ip", "-n", guest, "link", "set", "eth0", "down")
    subprocess.run(["ip", "-n", guest, "link", "set", "eth0", "name", b"x\xff"], check=True)
    whole = host.file.read_text()
    host.file.write_text("".join(line for line in whole.splitlines(keepends=True) if " vm1:" not in line))
    host.do("apply", "--confirm", "1")
    eventually(lambda: host.journal() is None)
    assert f"{host.site}-vm1" in run("ip", "-n", host.hv, "-br", "link")
