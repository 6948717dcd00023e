"""What the running kernel lacks, on one that has it: the same suites inside User-Mode Linux (NETPROOF_UML)."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs("uml", "netns", "ip", "nft")

ROOT = Path(__file__).parents[2]
REFUSED = """
    ip netns add tester
    for nic in eth0 eth1 eth2; do ip -n tester link add $nic type veth peer name far-$nic; done
    ip -n tester address > /tmp/before
    $0 apply /run/out/both.yaml --host tester --netns tester 2>&1 || echo "exit status $?"
    ip -n tester address | diff /tmp/before -
    $0 plan /run/out/ipv4.yaml --host tester --netns tester > /dev/null
"""
IPV4_ONLY = """
netproof: 1
site: bench
networks: {red: {subnets: [192.168.14.0/24]}}
hosts: {tester: {nics: {eth1: {network: red, addresses: [192.168.14.10/24], isolated: on}}}}
"""
INIT = Path(__file__).parent / "init"


def inside(out: Path, *argv: str, within: float = 240) -> str:
    """Run a command in User-Mode Linux, in the project's folder; fail the test with what it said if it fails.

    It may take so many seconds.
    """
    (out / "command").write_text(f"cd {shlex.quote(str(ROOT))} && exec {shlex.join(argv)}\n")
    kernel = [os.environ["NETPROOF_UML"], "mem=512M", f"umid=netproof{os.getpid()}", "rootfstype=hostfs", "rootflags=/"]
    console = ["con=null", "con0=null,fd:1", "ssl=null", "quiet"]
    subprocess.run(
        [*kernel, "ro", f"init={INIT}", *console, f"netproof.out={out}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": "/dev/shm"},  # noqa: S108 its memory is a file there
        timeout=within,
        check=False,
    )
    said = (out / "said").read_text() if (out / "said").exists() else "it did not boot"
    status = (out / "status").read_text().strip() if (out / "status").exists() else "none: it crashed"
    if status != "0":
        pytest.fail(f"{shlex.join(argv)} in User-Mode Linux: exit status {status}\n{said}")
    return said


def test_capabilities_of_another_kernel_are_others(tmp_path: Path) -> None:
    """It has what the tests beside want to try."""
    code = "from netproof.kernel.capabilities import capabilities as c; print(*sorted(c()))"
    assert {"tc-gact", "vlan-filtering"} <= set(inside(tmp_path, sys.executable, "-c", code).split())


def test_kernel_room_keeps_its_contract_on_another_kernel(tmp_path: Path) -> None:
    """Every kind of object, the ingress drop by act_gact among them."""
    options = ("-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib")
    files = [str(file.relative_to(ROOT)) for file in sorted(ROOT.glob("tests/kernel/test_contract*.py"))]
    lacking = ("-k", "not route-for-a-source")  # CONFIG_IPV6_SUBTREES, which this one is built without
    said = inside(tmp_path, sys.executable, "-m", "pytest", *options, *lacking, *files)
    assert " passed" in said
    assert "skipped" not in said


def test_isolated_nic_is_refused_by_a_kernel_without_routes_for_a_source(tmp_path: Path) -> None:
    """It says what the kernel lacks, exit 3, and has touched nothing; of IPv4 alone such a NIC can be had."""
    (tmp_path / "ipv4.yaml").write_text(IPV4_ONLY)
    (tmp_path / "both.yaml").write_text((ROOT / "examples" / "testing-interface" / "site.yaml").read_text())
    told = inside(tmp_path, "bash", "-e", "-c", REFUSED, str(Path(sys.executable).with_name("netproof")))
    assert "this kernel lacks IPv6 routes for a source (CONFIG_IPV6_SUBTREES" in told
    assert told.endswith("exit status 3\n")


def test_policy_holds_where_the_bridge_family_knows_connections(tmp_path: Path) -> None:
    """Lines, replies, errors and two tenants, tried as on the running kernel, whose bridges know none."""
    options = ("-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "-k", "range or comes_back or flow")
    said = inside(tmp_path, sys.executable, "-m", "pytest", *options, "tests/policy")
    assert " passed" in said
    assert "skipped" not in said
