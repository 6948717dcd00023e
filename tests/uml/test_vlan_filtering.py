"""The isolation method `vlan-filtering`, on a kernel that has it, and refused by one that has not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netproof.kernel.capabilities import capabilities
from shell import run
from uml.test_other_kernel import ROOT, inside

NETPROOF = str(Path(sys.executable).with_name("netproof"))
EXAMPLE = ROOT / "examples" / "bridge-isolation" / "site.yaml"
CASE = "vlan-filtering-takes-the-bridge-out-of-its-ports-vlan"

LIVE = """
    for host in one two; do ip netns add $host; ip -n $host link add eth2 type veth peer name wire; done
    site=/run/out/site.yaml
    $0 apply $site --host hv1 --netns one > /dev/null
    $0 plan $site --host hv1 --netns one --format json | grep -q '"steps": *\\[\\]'
    bridge -n one -j vlan > /tmp/applied
    bridge -n one -d vlan show dev demo-dmz | grep -q 1 && { echo "the bridge is in a VLAN"; exit 1; }
    bridge -n one vlan add vid 1 pvid untagged dev demo-dmz self
    $0 plan $site --host hv1 --netns one | grep "vlan_filtering"
    $0 apply $site --host hv1 --netns one > /dev/null
    bridge -n one -j vlan | diff /tmp/applied -
    $0 render $site --host hv1 --to shell | nsenter --net=/run/netns/two sh
    bridge -n two -j vlan | diff /tmp/applied -
    ip -n two -d link show demo-dmz | grep -q "vlan_filtering 1"
    $0 remove $site --host hv1 --netns one > /dev/null
    ! ip -n one link show demo-dmz 2> /dev/null
"""

PROOF = """
    ip netns add h
    for nic in eth1 eth2; do ip -n h link add $nic type dummy; done
    $0 plan $1 --host hv1 --netns h
    $0 prove $2 --lab
"""


def written(folder: Path, isolation: str) -> Path:
    """Write the example with another isolation."""
    file = folder / f"{isolation}.yaml"
    file.write_text(EXAMPLE.read_text().replace("isolation: auto", f"isolation: {isolation}"))
    return file


def tried(folder: Path, *files: str) -> str:
    """Run the tests of VLANs in these files on the kernel that has them; none may be left out."""
    options = (
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=--import-mode=importlib",
        "-k",
        "vlan-filtering or vlan_filtering",
        "-m",
        "not slow",
    )
    said = inside(folder, sys.executable, "-m", "pytest", *options, *files)
    assert "skipped" not in said
    return said


@pytest.mark.needs("uml", "netns", "nft", "tc")
def test_bridge_out_of_the_vlan_of_its_ports_is_closed_by_every_way(tmp_path: Path) -> None:
    """Every way from a guest, with and without a capture; put back into that VLAN, all are open."""
    files = ("guard/test_isolation_methods.py", "guard/test_cases_in_a_kernel.py", "kernel/test_foreign.py")
    assert "5 passed" in tried(tmp_path, *(f"tests/{file}" for file in files))


@pytest.mark.needs("uml", "netns", "ip", "nft")
def test_auto_takes_vlan_filtering_and_the_example_is_proved_with_it_alone(tmp_path: Path) -> None:
    """Alone it keeps every claim, in a kernel whose twin is open; `auto` takes it beside nftables, and says so."""
    files = [f"/run/out/{written(tmp_path, isolation).name}" for isolation in ("auto", "vlan-filtering")]
    said = inside(tmp_path, "sh", "-ec", PROOF, NETPROOF, *files)
    assert re.search(r"vlan_filtering 1, itself in no VLAN +isolation auto: second method  ", said)
    [summary] = re.findall(r"(\d+) kept of (\d+) ", said)
    assert summary[0] == summary[1]


@pytest.mark.needs("uml", "netns", "ip", "bridge", "nft")
def test_vlan_filtering_is_applied_mended_rendered_and_removed(tmp_path: Path) -> None:
    """A second plan is empty; a bridge put back into the VLAN is drift; the script gives the same VLANs."""
    shutil.copy(ROOT / "tests" / "cases" / "compiler" / CASE / "site.yaml", tmp_path)
    assert "itself in" in inside(tmp_path, "bash", "-ec", LIVE, NETPROOF)


@pytest.mark.needs("netns", "nft")
def test_lab_on_a_kernel_without_vlan_filtering_is_refused_untouched(tmp_path: Path) -> None:
    """Exit 3 and one sentence that names what is missing, before there is any namespace."""
    if "vlan-filtering" in capabilities():
        pytest.skip("this kernel has vlan-filtering")
    file, site = written(tmp_path, "vlan-filtering"), f"v{os.getpid()}"
    file.write_text(file.read_text().replace("site: demo", f"site: {site}"))
    argv = [NETPROOF, "prove", str(file), "--lab"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert 'isolation method "vlan-filtering" needs VLAN filtering of bridges' in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not Path(f"/run/netproof/lab/{site}").exists()
    assert f".{site}." not in run("ip", "netns")
