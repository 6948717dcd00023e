"""A lab from up to down: what is there, how one gets in, and that nothing stays.

::

    router ── public ── eth2 ─ dmz ─ vm1, vm2
                               hv1
    pdu ───── infra ─── eth1
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from lab_watch import eventually, names_of, traces, visit
from netproof.errors import BusyError, ConflictError, KernelError, UsageError
from netproof.lab.lab import borrowed, changed, down, status, twin_of, up
from netproof.lab.offloads import Offloads
from netproof.site.model import Site
from shell import run
from talk import answers

NODES = {"public", "infra", "hv1", "router", "pdu", "vm1", "vm2"}

pytestmark = pytest.mark.needs("netns", "ip", "nft", "ping")


@pytest.fixture
def lab(site: Site) -> Site:
    """The site whose lab is up; whoever made the site removes it."""
    up(site)
    return site


def test_lab_goes_up_and_down_without_a_trace(site: Site, born: list[str]) -> None:
    """Every node is there after up, with its folder; nothing of it after down, and no link either."""
    up(site)
    assert {n.node for n in status(site.name).nodes} == NODES
    assert len(traces(site.name)) == 3 * len(NODES) + 1
    kept = os.open(f"/run/netns/lab.{site.name}.hv1", os.O_RDONLY)
    try:
        assert down(site.name) == len(NODES)
        assert traces(site.name) == []
        left = run("nsenter", f"--net=/proc/{os.getpid()}/fd/{kept}", "ip", "-o", "link")
        assert names_of(left) == born
    finally:
        os.close(kept)


def test_lab_has_settled_when_up_returns(lab: Site) -> None:
    """The very first packet of either family arrives, between endpoints and to the station on the uplink."""
    for asker, answerer, to in (
        ("vm1", "vm2", "198.51.100.12"),
        ("vm1", "vm2", "2001:db8:51::12"),
        ("vm1", "router", "198.51.100.254"),
        ("vm1", "router", "2001:db8:51::fe"),
        ("pdu", "hv1", "2001:db8:14::1"),
    ):
        assert answers(f"lab.{lab.name}.{asker}", f"lab.{lab.name}.{answerer}", to)


def test_exec_passes_the_exit_status_and_shows_the_nodes_own_links(lab: Site, born: list[str]) -> None:
    """The program's status is ours, and /sys is the node's."""
    assert visit(lab.name, "vm1", "sh", "-c", "exit 7").returncode == 7
    shown = visit(lab.name, "vm1", "find", "/sys/class/net", "-type", "l", "-printf", "%f\\n").stdout
    assert sorted(shown.split()) == sorted(["eth0", *born])
    assert "no node" in visit(lab.name, "vm9", "true").stderr
    assert "No such file" in visit(lab.name, "vm1", "no-such-program").stderr


def test_exec_without_a_lab_says_so(site: Site) -> None:
    """A node of a lab that is not up cannot be entered."""
    assert "no lab" in visit(site.name, "vm1", "true").stderr


def test_switches_neither_filter_nor_offload(lab: Site) -> None:
    """br_netfilter is off in network nodes, IPv6 is silent there, and no wire of the lab computes checksums later."""
    from netproof.kernel.netns import entered

    infra = f"lab.{lab.name}.infra"
    for name in ("iptables", "ip6tables", "arptables"):
        path = Path(f"/proc/sys/net/bridge/bridge-nf-call-{name}")
        assert not path.exists() or run("ip", "netns", "exec", infra, "cat", str(path)).strip() == "0"
    assert "inet6" not in run("ip", "-n", infra, "addr")
    for node, ifname in (("infra", "0-hv1"), ("hv1", "eth1"), ("hv1", f"{lab.name}-vm1"[:15]), ("vm1", "eth0")):
        with entered(f"lab.{lab.name}.{node}"), Offloads() as offloads:
            assert offloads.that_are_on(ifname) == (), (node, ifname)


def test_second_up_is_refused_and_hurts_nothing(lab: Site) -> None:
    """One lab per site at a time."""
    with pytest.raises(UsageError, match="is up already"):
        up(lab)
    assert visit(lab.name, "vm1", "ping", "-c1", "-w5", "198.51.100.12").returncode == 0


def test_down_without_a_lab_does_nothing(site: Site) -> None:
    """What is not there cannot be taken away, and that is no error."""
    assert down(site.name) == 0
    assert traces(site.name) == []


def test_down_ends_the_processes_of_the_lab(lab: Site) -> None:
    """Programs left running on nodes do not survive their lab."""
    sleeper = subprocess.Popen(["ip", "netns", "exec", f"lab.{lab.name}.vm1", "sleep", "60"])
    try:
        eventually(lambda: "sleep" in Path(f"/proc/{sleeper.pid}/comm").read_text(), within=5)
        assert [n.processes for n in status(lab.name).nodes if n.node == "vm1"] == [1]
        down(lab.name)
        assert sleeper.wait(1) < 0
    finally:
        sleeper.kill()
        sleeper.wait()


def test_down_from_within_the_lab_is_refused(lab: Site) -> None:
    """Who is on a node would end himself half way."""
    code = f"from netproof.lab.lab import down; down({lab.name!r})"
    done = visit(lab.name, "hv1", sys.executable, "-c", code)
    assert "leave it first" in done.stderr
    assert len(status(lab.name).nodes) == len(NODES)


def test_two_labs_do_not_disturb_each_other(lab: Site, make_site: Callable[..., Site]) -> None:
    """The other lab comes and goes, the first one works on."""
    other = make_site()
    up(other)
    assert visit(other.name, "vm1", "ping", "-c1", "-w5", "198.51.100.12").returncode == 0
    down(other.name)
    assert visit(lab.name, "vm1", "ping", "-c1", "-w5", "198.51.100.12").returncode == 0
    assert {n.node for n in status(lab.name).nodes} == NODES


def test_live_namespace_of_the_same_site_is_left_alone(site: Site) -> None:
    """A live endpoint's namespace bears the name of site and endpoint, and outlives the lab with all that is in it."""
    live = f"{site.name}.vm1"
    run("ip", "netns", "add", live)
    try:
        run("ip", "-n", live, "link", "add", "name", f"{site.name}-vm1"[:15], "type", "veth")
        before = run("ip", "-n", live, "-o", "link")
        up(site)
        down(site.name)
        assert run("ip", "-n", live, "-o", "link") == before
    finally:
        run("ip", "netns", "del", live)


def test_foreign_namespace_of_a_labs_name_is_named_and_left(site: Site) -> None:
    """A namespace that lacks the mark is in the way of up, and down leaves it, and both say its name."""
    foreign = f"lab.{site.name}.hv1"
    run("ip", "netns", "add", foreign)
    for verb in (lambda: up(site), lambda: down(site.name)):
        with pytest.raises(ConflictError, match=foreign):
            verb()
    assert foreign in run("ip", "netns", "list")
    assert [line for line in traces(site.name) if "/run/netproof" in line] == []


def test_failing_up_leaves_nothing(site: Site) -> None:
    """A site that the kernel refuses half way (no link leads to a gateway) is removed again, and the error told."""
    pdu = site.stations["pdu"]
    lost = replace(pdu, nics=(replace(pdu.nics[0], gateways=(ip_address("203.0.113.1"),)),))
    with pytest.raises(KernelError, match="unreachable"):
        up(replace(site, stations={**site.stations, "pdu": lost}))
    assert traces(site.name) == []


def test_changed_site_is_noticed(lab: Site) -> None:
    """A lab that is up knows whether the site means something else by now."""
    assert not changed(lab)
    other = replace(lab, networks={**lab.networks, "infra": replace(lab.networks["infra"], mtu=1400)})
    assert changed(other)
    with pytest.raises(UsageError, match="has changed"), borrowed(other):
        pass


@pytest.mark.parametrize(
    "change",
    [
        ("infra", "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"),
        ("infra", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0"),
        ("vm1", "ethtool", "-K", "eth0", "tx", "on"),
        ("public", "ethtool", "-K", "1-router", "gro", "on"),
        ("infra", "ip", "link", "set", "1-pdu", "nomaster"),
        ("infra", "ip", "link", "set", "1-pdu", "down"),
        ("infra", "bridge", "link", "set", "dev", "1-pdu", "isolated", "on"),
        ("infra", "nft", "add table bridge x"),
        ("infra", "tc", "qdisc", "add", "dev", "1-pdu", "clsact"),
    ],
)
def test_lab_that_would_lie_is_not_lent_to_a_proof(lab: Site, change: tuple[str, ...]) -> None:
    """A switch that filters or speaks, and a wire that does not compute checksums, are found before a proof."""
    node, *argv = change
    with borrowed(lab):
        pass
    assert visit(lab.name, node, *argv).returncode == 0
    with pytest.raises(UsageError, match=f"lab.{lab.name}.{node}"), borrowed(lab):
        pass


def test_borrowed_lab_stays_if_it_was_up_and_goes_if_not(site: Site, born: list[str]) -> None:
    """A proof uses the lab that is up; one that it had to build goes with it, and is locked meanwhile."""
    with borrowed(site) as lab:
        assert set(lab.vantages()) == NODES
        with pytest.raises(BusyError):
            down(site.name)
    assert traces(site.name) == []
    up(site)
    with borrowed(site) as lab, pytest.raises(BusyError):
        assert lab.vantages()["vm1"].links() == (*born, "eth0")
        down(site.name)
    assert {n.node for n in status(site.name).nodes} == NODES


def test_twin_is_open_and_goes_with_its_block(site: Site) -> None:
    """The twin of an isolated site answers the attack that the lab does not, under names of its own."""
    with borrowed(site) as lab, twin_of(site) as twin:
        assert set(twin.vantages()) == set(lab.vantages())
        for kind, answered in (("lab", False), ("twin", True)):
            vm1 = f"{kind}.{site.name}.vm1"
            done = ("ip", "netns", "exec", vm1, "arping", "-q", "-c1", "-w1", "-I", "eth0", "192.168.14.1")
            assert (subprocess.run(done, check=False).returncode == 0) == answered, kind
    assert traces(site.name) == []
