"""VLANs of a trunk, on a kernel that has links for them; and what one that has none says.

::

    probe.wire ──┐                     ┌── trunk-eth1.30 ─[ trunk-ann ]─ ann-web
                 ├── wire ── eth1 hv1 ─┤
    ann-router ──┤ VLAN 30             └── trunk-eth1.40 ─[ trunk-bob ]─ bob-web
    bob-router ──┘ VLAN 40
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from examples import EVERY
from netproof.kernel.capabilities import capabilities
from shell import run
from uml.test_other_kernel import ROOT, inside

NETPROOF = str(Path(sys.executable).with_name("netproof"))
TRUNK = str(EVERY["trunk"])
GOLDEN = ROOT / "tests" / "cases" / "claims" / "trunk" / "ids.txt"

needs_uml = pytest.mark.needs("uml", "netns", "ip", "nft")

LIVE = """
    for host in one two; do
        ip netns add $host
        for nic in eth0 eth1; do ip -n $host link add $nic type veth peer name wire-$nic; done
    done
    ip -n one link add link eth1 name theirs type vlan id 30
    $0 apply $1 --host hv1 --netns one 2>&1 | grep "vlan theirs  eth1 VID 30 is foreign and carries the VLAN of"
    ip -n one link delete theirs
    ip -n one address add 203.0.113.9/24 dev eth1
    $0 apply $1 --host hv1 --netns one 2>&1 | grep "eth1 203.0.113.9/24 is foreign, and eth1 is an uplink"
    ip -n one address delete 203.0.113.9/24 dev eth1
    ip netns exec one nft -s list ruleset > /tmp/before
    $0 apply $1 --host hv1 --netns one > /dev/null
    $0 plan $1 --host hv1 --netns one --format json | grep -q '"steps": *\\[\\]'
    ip -n one -j -d link show type vlan | grep -q '"id":40,"flags":\\["REORDER_HDR","LOOSE_BINDING"\\]'
    vlans() { ip -n $1 -d link show type vlan | sed 's/^[0-9]*: //' | grep -v -e altname -e ether -e alias; }
    vlans one > /tmp/vlans
    ip -n one link delete trunk-eth1.30
    $0 plan $1 --host hv1 --netns one | grep "vlan trunk-eth1.30  eth1 VID 30"
    $0 apply $1 --host hv1 --netns one > /dev/null
    $0 remove $1 --host hv1 --netns one > /dev/null
    test -z "$(ip -n one link show type vlan)"
    ip netns exec one nft -s list ruleset | diff /tmp/before -
    $0 render $1 --host hv1 --to shell | nsenter --net=/run/netns/two sh
    vlans two | diff /tmp/vlans -
"""

HOLES = """
    host="ip -n lab.trunk.hv1 link"
    $0 lab up $1 > /dev/null
    $host add link trunk-eth1.30 name hop type vlan id 40
    $host set hop master trunk-bob up
    $host set eth1 master trunk-bob
    ip netns exec lab.trunk.hv2 nft flush chain netdev netproof-trunk untagged-eth1
    $0 prove $1 --lab --kind isolation --format json > /run/out/report || test $? = 1
    $0 lab down $1 > /dev/null
"""


def broken(report: Path) -> set[str]:
    """Return the ids of the claims that a report does not find kept."""
    claims = json.loads(report.read_text())["claims"]
    return {claim["id"] for claim in claims if claim["verdict"] != "kept"}


@needs_uml
def test_example_is_proved_where_the_kernel_has_vlans(tmp_path: Path) -> None:
    """Its golden claims, all of them, kept."""
    argv = [NETPROOF, "prove", TRUNK, "--lab", "--kernel", "uml", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:] + done.stderr
    found = {claim["id"]: claim["verdict"] for claim in json.loads(done.stdout)["claims"]}
    assert found == dict.fromkeys(GOLDEN.read_text().split(), "kept")


@needs_uml
def test_holes_between_vlans_and_into_the_host_are_noticed(tmp_path: Path) -> None:
    """A link for one VLAN on that of another, a NIC bridged as a whole, and one that takes IP without a tag."""
    inside(tmp_path, "bash", "-ec", HOLES, NETPROOF, TRUNK)
    found = broken(tmp_path / "report")
    assert "isolation/ann-router/bob/vlan-hopping/l2" in found
    assert "isolation/probe.wire/bob/outside-vlan/l2" in found
    assert "isolation/probe.wire/hv2/untagged-to-host/ipv4" in found
    assert "isolation/ann-web/bob/vlan-hopping/l2" not in found  # whom the guard lets send no tags


@needs_uml
@pytest.mark.slow
def test_every_mutant_of_the_example_is_noticed_or_listed(tmp_path: Path) -> None:
    """Each object of its hosts taken away and bent, as on this kernel those of the other examples: an hour."""
    options = ("-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "-k", "trunk")
    said = inside(tmp_path, sys.executable, "-m", "pytest", *options, "tests/mutants/test_generated.py", within=7200)
    assert " passed" in said
    assert "skipped" not in said


@needs_uml
def test_trunk_is_applied_mended_rendered_and_removed(tmp_path: Path) -> None:
    """A second plan is empty, a lost link is drift; foreign links and addresses in the way are told."""
    inside(tmp_path, "bash", "-ec", LIVE, NETPROOF, TRUNK)


@pytest.mark.needs("netns", "nft")
@pytest.mark.parametrize("argv", [["prove", TRUNK, "--lab"], ["lab", "up", TRUNK]], ids=lambda argv: argv[0])
def test_kernel_without_vlans_is_told_and_untouched(argv: list[str]) -> None:
    """Exit 3 and one sentence that names what is missing, before there is any namespace."""
    if "vlan-links" in capabilities():
        pytest.skip("this kernel has links for VLANs")
    done = subprocess.run([NETPROOF, *argv], capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "this kernel lacks links for VLANs (CONFIG_VLAN_8021Q" in done.stderr
    assert ".trunk." not in run("ip", "netns")


@pytest.mark.needs("netns", "nft")
def test_apply_on_a_kernel_without_vlans_touches_nothing(make_netns: Callable[[str], str]) -> None:
    """Exit 3, and the host is as it was."""
    if "vlan-links" in capabilities():
        pytest.skip("this kernel has links for VLANs")
    home = make_netns("host")
    before = run("ip", "-n", home, "-d", "link")
    argv = [NETPROOF, "apply", TRUNK, "--host", "hv1", "--netns", home]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1), done.stderr
    assert run("ip", "-n", home, "-d", "link") == before
