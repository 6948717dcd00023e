"""What root inside a guest, or of the host, does to a guest's namespace keeps nobody from plan, apply and remove."""

from __future__ import annotations

import os
import signal
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


def test_guest_whose_namespace_changes_all_the_time_is_read_all_the_same(host: Hypervisor) -> None:
    """A dump that never comes whole is a guest's doing; what it last told will do."""
    host.do("apply")
    guest = f"{host.site}.vm1"
    many = "".join(f"addr add 10.56.{i // 250}.{i % 250}/32 dev lo\n" for i in range(3000))
    subprocess.run(["ip", "-n", guest, "-batch", "-"], input=many, text=True, check=True)
    flap = 'while :; do echo "addr add 10.55.1.1/24 dev lo"; echo "addr del 10.55.1.1/24 dev lo"; done | ip -batch -'
    for _ in range(2):
        argv = ["ip", "netns", "exec", guest, "sh", "-c", flap]
        host.started.append(subprocess.Popen(argv, stderr=subprocess.DEVNULL, text=True, process_group=0))
    try:
        for _ in range(5):
            assert host.do("plan").out.startswith("hv1: nothing to do")
    finally:
        for flapping in host.started:
            os.killpg(flapping.pid, signal.SIGKILL)


def test_tables_of_a_guest_are_not_read(host: Hypervisor) -> None:
    """Whatever its root calls them, and whatever is in them."""
    host.do("apply")
    table = b'table inet netproof-%s { chain c { comment "\xff\xfe" ; } ; }' % host.site.encode()
    subprocess.run(["ip", "netns", "exec", f"{host.site}.vm1", "nft", table], check=True)
    assert host.do("plan").out.startswith("hv1: nothing to do")


def test_endpoint_in_the_namespace_of_its_host_is_refused(host: Hypervisor) -> None:
    """Before anything is touched: the guest would be the host."""
    before = host.look()
    host.file.write_text(host.file.read_text().replace("vm1: {host: hv1,", f"vm1: {{host: hv1, netns: {host.hv},"))
    for verb in ("plan", "apply"):
        assert f'"{host.hv}" is the host\'s own' in host.refused(verb, expect=4)
    assert host.look() == before
