"""What root inside a guest, or of the host, does to a guest's namespace keeps nobody from plan, apply and remove."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

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


OBSTACLES = {
    "a bridge": "link add eth0 type bridge",
    "a pair of its own": "link add eth0 type veth peer name x",
}


@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES)
def test_guest_that_puts_a_link_in_the_place_of_its_interface_is_set_aside(host: Hypervisor, obstacle: str) -> None:
    """It alone: the rest is applied, its guard stays loaded, and it comes back when the way is free."""
    before = host.look()
    host.do("apply")
    guest, port = f"{host.site}.vm1", f"{host.site}-vm1"
    run("ip", "-n", guest, "link", "del", "eth0")
    run("ip", "-n", guest, *obstacle.split())
    host.file.write_text(host.file.read_text().replace("198.51.100.12/24", "198.51.100.13/24"))
    said = host.do("plan", expect=1).out
    assert "set aside: endpoint vm1 is set aside and its port stays down" in said
    assert f"netns {guest}" in said
    assert f"ip -n {guest} link delete eth0" in said
    assert "set aside: endpoint vm1" in host.do("apply", expect=1).out
    assert "198.51.100.13/24" in run("ip", "-n", f"{host.site}.vm2", "-br", "address")
    assert port not in run("ip", "-n", host.hv, "-br", "link")
    assert f'"{port}"' in run("ip", "netns", "exec", host.hv, "nft", "list", "ruleset")
    assert host.do("plan", expect=1).out.startswith("hv1: nothing to do")
    [aside] = host.do("plan", "--format", "json", expect=1).json["aside"]
    assert (aside["endpoint"], aside["netns"]) == ("vm1", guest)
    run("ip", "-n", guest, "link", "del", "eth0")
    host.do("apply")
    assert "198.51.100.11/24" in run("ip", "-n", guest, "-br", "address")
    host.do("remove")
    assert host.look() == before


def test_claims_of_an_endpoint_that_was_set_aside_are_inconclusive(host: Hypervisor) -> None:
    """Whatever its own eth0 hears or not; an apply that is proved stays all the same."""
    host.do("apply")
    guest = f"{host.site}.vm1"
    run("ip", "-n", guest, "link", "del", "eth0")
    run("ip", "-n", guest, "link", "add", "eth0", "type", "bridge")
    run("ip", "-n", guest, "link", "set", "eth0", "up")
    run("ip", "-n", guest, "address", "add", "198.51.100.11/24", "dev", "eth0")
    host.file.write_text(host.file.read_text().replace("198.51.100.12/24", "198.51.100.13/24"))
    said = host.do("apply", "--prove", expect=1).out
    assert "cut off: endpoint vm1" in said
    assert "198.51.100.13/24" in run("ip", "-n", f"{host.site}.vm2", "-br", "address")
    report = host.do("prove", "--format", "json", expect=1).json
    its = {claim["verdict"] for claim in report["claims"] if "vm1" in (claim["from"], claim["to"])}
    assert its == {"inconclusive"}
    assert not report["summary"]["broken"]


def test_guest_whose_interface_is_renamed_is_set_aside_only_when_it_is_to_change(host: Hypervisor) -> None:
    """Its link's name is its own business until something is to be put on it; then its port goes down."""
    host.do("apply")
    guest, port = f"{host.site}.vm1", f"{host.site}-vm1"
    run("ip", "-n", guest, "link", "set", "eth0", "down")
    run("ip", "-n", guest, "link", "set", "eth0", "name", "mine", "up")
    assert host.do("plan").out.startswith("hv1: nothing to do")
    host.file.write_text(host.file.read_text().replace("198.51.100.11/24", "198.51.100.15/24"))
    said = host.do("apply", expect=1).out
    assert "endpoint vm1 is set aside and its port stays down" in said
    assert "UP" not in run("ip", "-n", host.hv, "link", "show", port).split(">")[0]
    assert "198.51.100.12/24" in run("ip", "-n", f"{host.site}.vm2", "-br", "address")
    run("ip", "-n", guest, "link", "set", "mine", "name", "eth0")
    host.do("apply")
    assert host.do("plan").out.startswith("hv1: nothing to do")
    assert "198.51.100.15/24" in run("ip", "-n", guest, "-br", "address")


def test_guest_that_refuses_what_is_put_on_its_interface_is_set_aside(host: Hypervisor) -> None:
    """New links of its namespace have no IPv6, and no address can be put on them."""
    host.do("apply")
    guest = f"{host.site}.vm1"
    run("ip", "netns", "exec", guest, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    run("ip", "-n", guest, "link", "del", "eth0")
    said = host.do("apply", expect=1).out
    assert "endpoint vm1 is set aside and its port stays down: create eth0 2001:db8:51::11/64" in said
    assert "198.51.100.12/24" in run("ip", "-n", f"{host.site}.vm2", "-br", "address")
    host.do("remove")


def test_guest_that_replaces_its_routes_and_its_mark_keeps_nobody_from_anything(host: Hypervisor) -> None:
    """Also with another's alias, our protocol number, and a thousand links."""
    before = host.look()
    host.do("apply")
    guest = f"{host.site}.vm1"
    links = "".join(f"link add x{i} type veth peer name y{i}\n" for i in range(500))
    subprocess.run(["ip", "-n", guest, "-batch", "-"], input=links, text=True, check=True)
    run("ip", "-n", guest, "route", "replace", "blackhole", "default", "proto", "110")
    run("ip", "-n", guest, "link", "set", "x1", "alias", f"netproof:{host.site}:vm2")
    run("ip", "-n", guest, "link", "set", "lo", "alias", "netproof:other:vm2")
    run("ip", "-n", guest, "link", "set", "lo", "down")
    run("ip", "-n", guest, "link", "set", "lo", "name", "gone")
    assert host.do("plan").out.startswith("hv1: nothing to do")
    run("ip", "-n", guest, "link", "del", "eth0")
    host.file.write_text(host.file.read_text().replace("198.51.100.12/24", "198.51.100.13/24"))
    host.do("apply", expect=1)
    assert "198.51.100.13/24" in run("ip", "-n", f"{host.site}.vm2", "-br", "address")
    host.do("remove")
    run("ip", "netns", "del", guest, check=False)
    assert host.look() == before


def test_revert_of_a_removal_is_not_kept_up_by_a_guest(host: Hypervisor) -> None:
    """The pair cannot be made again where something stands in its place; the rest is, and nothing waits any more."""
    host.do("apply")
    whole = host.file.read_text()
    host.file.write_text("".join(line for line in whole.splitlines(keepends=True) if " vm1:" not in line))
    host.do("apply", "--confirm", "60")
    run("ip", "-n", f"{host.site}.vm1", "link", "add", "eth0", "type", "bridge")
    host.do("rollback")
    assert host.journal() is None
    host.file.write_text(whole)
    assert "set aside: endpoint vm1" in host.do("apply", expect=1).out


def test_link_of_somebody_elses_that_a_guest_marks_as_ours_stays(host: Hypervisor) -> None:
    """The mark of its far end is the guest's to write, and says nothing of the near end."""
    host.do("apply")
    guest = f"{host.site}.vm1"
    run("ip", "-n", host.hv, "link", "add", "adm0", "type", "veth", "peer", "name", "eth1", "netns", guest)
    run("ip", "-n", guest, "link", "set", "eth1", "alias", f"netproof:{host.site}:vm1")
    assert host.do("plan").out.startswith("hv1: nothing to do")
    host.do("apply")
    assert "adm0" in run("ip", "-n", host.hv, "-br", "link")


@pytest.mark.parametrize("last", [("--confirm", "60"), ()], ids=["unconfirmed", "confirmed"])
def test_rollback_leaves_behind_what_a_guest_refuses_and_names_it(host: Hypervisor, last: tuple[str, ...]) -> None:
    """IPv6 that is switched off takes no address back; the guest's IPv4 and the other guest's are as they were."""
    text = host.file.read_text()
    host.do("apply")
    guest, other = f"{host.site}.vm1", f"{host.site}.vm2"
    for number in ("11", "12"):
        text = text.replace(f".{number}/24", f".1{number}/24").replace(f"::{number}/64", f"::1{number}/64")
    host.file.write_text(text)
    host.do("apply", *last)
    run("ip", "netns", "exec", guest, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")
    said = host.do("rollback", expect=1).out
    [note] = [line for line in said.splitlines() if "note:" in line]
    assert f"netns {guest} is not as it was: root in there keeps this from being undone: " in note
    assert "eth0 2001:db8:51::11/64" in note
    assert said.endswith("rolled back\n")
    assert "198.51.100.12/24" in run("ip", "-n", other, "-br", "address")
    assert "2001:db8:51::12/64" in run("ip", "-n", other, "-br", "address")
    assert host.journal() is None
    host.do("remove")
