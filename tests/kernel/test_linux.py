"""A kernel to hold: namespaces by name and by descriptor, threads, and who may."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.bench import Bench
from netproof.change.kernel import Scope
from netproof.change.step import Create, Delete
from netproof.errors import CannotError, UsageError
from netproof.kernel import linux as linux_module
from netproof.kernel import netns as named
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.state.filters import IngressDrop, NftTable
from netproof.state.layer3 import Rule, Sysctl
from netproof.state.links import Bridge
from netproof.state.namespace import Namespace
from netproof.state.object import HOME
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")

BRIDGE = Bridge(HOME, "br0", "02:00:00:00:00:01")


def test_file_left_by_a_killed_maker_is_no_namespace_and_in_nobodys_way(linux: Bench) -> None:
    """Killed between making the file and mounting on it: read as nothing, deleted or made anew all the same."""
    path = Path("/run/netns", linux.guest)
    path.touch(mode=0)
    assert not named.exists(linux.guest)
    assert ("namespace", linux.guest) not in linux.read().state
    linux.create(Namespace(linux.guest))
    assert linux.has(Namespace(linux.guest))
    linux.delete(Namespace(linux.guest))
    path.touch(mode=0)
    named.delete(linux.guest)
    assert not path.exists()


def test_namespace_made_anew_under_the_same_name_is_seen(linux: Bench) -> None:
    """A kernel that holds a namespace open does not mistake it for its successor."""
    linux.create(Namespace(linux.guest))
    assert ("namespace", linux.guest) in linux.read().marked
    run("ip", "netns", "del", linux.guest)
    run("ip", "netns", "add", linux.guest)
    assert ("namespace", linux.guest) not in linux.read().marked


def test_thread_is_at_home_again_whatever_happened(linux: Bench) -> None:
    """Entering restores, also after an error inside; a missing namespace is one clear sentence."""
    before = Path("/proc/thread-self/ns/net").stat().st_ino
    with pytest.raises(ZeroDivisionError), named.entered(linux.home):
        assert Path("/proc/thread-self/ns/net").stat().st_ino != before
        raise ZeroDivisionError
    linux.create(Sysctl(HOME, "net/ipv4/ip_forward", "1"), Namespace(linux.guest))
    with pytest.raises(UsageError, match="no network namespace"), named.entered("nosuch"):
        pass
    assert Path("/proc/thread-self/ns/net").stat().st_ino == before


def test_nothing_stays_open_after_close(make_netns: Callable[[str], str]) -> None:
    """Neither sockets nor namespaces: a hundred kernels later there are as many descriptors as before."""
    home = make_netns("fd")
    capabilities()

    def use() -> None:
        with LinuxKernel(home) as kernel:
            kernel.perform("demo", [Create(NftTable(HOME, "inet", "netproof-demo")), Create(IngressDrop(HOME, "lo"))])
            kernel.read(Scope("demo", frozenset({"nosuch"})))
            kernel.perform("demo", [Delete(NftTable(HOME, "inet", "netproof-demo")), Delete(IngressDrop(HOME, "lo"))])

    use()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        use()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_identity_tells_two_namespaces_and_two_boots_apart(
    make_netns: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The cookie is of the namespace, the boot id of the boot."""
    one, two = make_netns("one"), make_netns("two")
    with LinuxKernel(one) as kernel, LinuxKernel(one) as again, LinuxKernel(two) as other:
        assert kernel.identity == again.identity != other.identity
        before = kernel.identity
        (tmp_path / "boot_id").write_text("another\n")
        monkeypatch.setattr(linux_module, "_BOOT_ID", tmp_path / "boot_id")
        assert kernel.identity != before


def test_user_who_is_not_root_is_told_to_become_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, exit 3."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for start in (LinuxKernel, capabilities.__wrapped__):
        with pytest.raises(CannotError, match="needs root: run with sudo"):
            start()


def test_home_that_is_not_there_is_told_by_name() -> None:
    """Exit 2: the operator's word was wrong."""
    with pytest.raises(UsageError, match="nosuch"):
        LinuxKernel("nosuch")


def test_missing_libnftables_is_told_only_when_it_is_needed(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and links go without; a table says what to install."""
    from netproof.kernel import libnftables

    def absent() -> None:
        raise CannotError("libnftables is not installed: install nftables (apt install nftables)")

    monkeypatch.setattr(libnftables, "_library", absent)
    linux.create(BRIDGE)
    assert linux.has(BRIDGE)
    with pytest.raises(CannotError, match="install nftables"):
        linux.create(NftTable(HOME, "inet", "netproof-demo"))


def test_what_a_thread_of_its_own_raises_is_raised(linux: Bench) -> None:
    """Whatever it is: no result and no error would be a lie."""

    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        named.in_thread(work)


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_rule_that_comes_first_has_the_lookup_of_local_addresses_behind_it(linux: Bench, family: str) -> None:
    """Also one that is put back after somebody took it alone away; once it goes, that lookup is first again."""
    annex, ip = f"{linux.guest}@h", ("ip", *(("-6",) if family == "ipv6" else ()), "-n", f"{linux.guest}@h", "rule")
    rule = Rule(annex, family, 0, iif="br0", action="blackhole")
    linux.create(Namespace(annex), rule)
    first = run(*ip).splitlines()[:2]
    assert [line.split()[:3] for line in first] == [["0:", "from", "all"], ["1:", "from", "all"]]
    assert "iif br0" in first[0]
    assert first[1].endswith("lookup local")
    run(*ip, "del", "priority", "0")
    linux.create(rule)
    assert run(*ip).splitlines()[:2] == first
    linux.delete(rule)
    assert run(*ip).splitlines()[0].split() == ["0:", "from", "all", "lookup", "local"]
