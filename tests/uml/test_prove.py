"""`prove --lab --kernel`: the same proof under another kernel, of which nothing is left (NETPROOF_UML)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from shell import eventually

ROOT = Path(__file__).parents[2]
ISOLATION = ROOT / "examples" / "bridge-isolation"
OTHERS = sorted(file.parent.name for file in (ROOT / "examples").glob("*/site.yaml") if file.parent != ISOLATION)
CLAIMS = ROOT / "tests" / "cases" / "claims"
ASKED = {
    "testing-interface": ("ipv6-subtrees", "CONFIG_IPV6_SUBTREES"),
    "trunk": ("vlan-links", "CONFIG_VLAN_8021Q"),
}
"""Examples that not every kernel can have: what it must offer, and the word by which one that does not says so."""

needs_uml = pytest.mark.needs("uml", "netns", "nft")


def netproof(*argv: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "netproof", *argv]
    return subprocess.run(command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False)


def proved(site: Path, *options: str) -> tuple[int, dict[str, Any]]:
    done = netproof("prove", str(site), "--lab", "--format", "json", *options)
    assert done.stderr == "", done.stderr
    return done.returncode, json.loads(done.stdout)


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {claim["id"]: claim["verdict"] for claim in report["claims"]}


def renamed(site: Path, tmp_path: Path) -> Path:
    """Return a copy with a name of its own, for a proof on the host beside those of other tests."""
    copy = tmp_path / "site.yaml"
    lines = site.read_text().splitlines(keepends=True)
    copy.write_text("".join(f"site: u{os.getpid()}\n" if line.startswith("site: ") else line for line in lines))
    return copy


def holders(path: Path) -> list[str]:
    """Return the processes whose command line names `path`, but for netproof itself."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdecimal() else ""
        except OSError:
            continue
        if str(path) in line and "netproof\0prove" not in line:
            found.append(entry.name)
    return found


@needs_uml
def test_open_site_has_the_same_claims_broken_on_both_kernels(tmp_path: Path) -> None:
    """What is broken here is so there, and the report says which kernel it was."""
    site = renamed(ISOLATION / "open.yaml", tmp_path)
    status, here = proved(site)
    other_status, there = proved(site, "--kernel", "uml")
    assert (other_status, verdicts(there)) == (status, verdicts(here))
    assert status == 1
    assert here["kernel"] == os.uname().release != there["kernel"]


@needs_uml
@pytest.mark.parametrize("example", [ISOLATION.name, *(pytest.param(e, marks=pytest.mark.slow) for e in OTHERS)])
def test_example_keeps_the_same_claims_on_each_kernel(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The golden ones, all of them, kept: no row goes missing with a kernel. It tells how long each takes."""
    site = renamed(ROOT / "examples" / example / "site.yaml", tmp_path)
    golden = dict.fromkeys((CLAIMS / example / "ids.txt").read_text().split(), "kept")
    for options in ([], ["--kernel", "uml"]):
        feature, word = ASKED.get(example, ("root", ""))
        if not _offers(*options)[feature]:
            done = netproof("prove", str(site), "--lab", *options)
            assert (done.returncode, word in done.stderr) == (3, True)
            continue
        began = time.monotonic()
        status, report = proved(site, *options)
        took = time.monotonic() - began
        assert verdicts(report) == golden
        assert status == 0
        with capsys.disabled():
            print(f"\n{example}: {len(golden)} claims kept on Linux {report['kernel']} in {took:.1f} s")


@needs_uml
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ended_proof_leaves_no_process_of_the_other_kernel(number: signal.Signals, tmp_path: Path) -> None:
    """Exit 130 when asked, and nothing is left even where netproof itself is killed."""
    kernel = tmp_path / "kernel"
    kernel.symlink_to(os.environ["NETPROOF_UML"])
    mounts = _mounts()
    argv = [sys.executable, "-m", "netproof", "prove", str(ISOLATION / "site.yaml"), "--lab", "--kernel", str(kernel)]
    running = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert eventually(lambda: len(holders(kernel)) > 3, within=10)
    running.send_signal(number)
    _, said = running.communicate(timeout=20)
    if number == signal.SIGKILL:
        assert eventually(lambda: not holders(kernel), within=10)
    else:
        assert (running.returncode, said.count("\n")) == (130, 1), said
        assert "interrupted" in said
    assert holders(kernel) == []
    assert _mounts() == mounts


@needs_uml
def test_what_is_said_inside_comes_out_as_it_is(tmp_path: Path) -> None:
    """The doctor of the other kernel speaks through ours, in both formats."""
    text, values = netproof("doctor", "--kernel", "uml"), netproof("doctor", "--kernel", "uml", "--format", "json")
    report = json.loads(values.stdout)
    assert text.stdout.startswith(f"Linux {report['kernel']}\n")
    assert _offers("--kernel", "uml")["vlan-filtering"]
    assert (text.returncode, text.stderr) == (values.returncode, "")


@pytest.mark.needs("root")
def test_kernel_that_stops_is_told_with_its_last_words(tmp_path: Path) -> None:
    """Exit 3 and one sentence: no verdict comes of a crash."""
    kernel = tmp_path / "kernel"
    kernel.write_text('#!/bin/sh\n[ "$1" = --version ] && exec echo 6.12.0\necho "Kernel panic: no init"\n')
    kernel.chmod(0o700)
    done = netproof("prove", str(ISOLATION / "site.yaml"), "--lab", "--kernel", str(kernel))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("its last words: Kernel panic: no init\n")


@pytest.mark.parametrize(
    ("argv", "status", "told"),
    [
        (["prove", "SITE", "--lab", "--kernel", "/bin/true"], 2, "/bin/true is no User-Mode-Linux kernel"),
        (["prove", "SITE", "--lab", "--kernel", "/etc/passwd"], 2, "/etc/passwd cannot be started"),
        (["prove", "SITE", "--lab", "--kernel", "none/such"], 2, "No such file"),
        (["prove", "SITE", "--host", "hv1", "--kernel", "uml"], 2, "--kernel goes with --lab"),
        (["prove", "no.yaml", "--lab", "--kernel", "uml"], 2, "no.yaml: cannot be read"),
        (["lab", "up", "SITE", "--kernel", "/bin/true"], 2, "/bin/true is no User-Mode-Linux kernel"),
        (["lab", "up", "/dev/null", "--kernel", "uml"], 2, "/dev/null"),
    ],
)
def test_wrong_wish_for_a_kernel_is_one_sentence(argv: list[str], status: int, told: str) -> None:
    """Before anything is started."""
    done = netproof(*(str(ISOLATION / "site.yaml") if word == "SITE" else word for word in argv))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1), done.stderr
    assert told in done.stderr


def test_site_that_the_other_kernel_does_not_see_is_refused() -> None:
    """A pipe is read once, and /dev is not this machine's there."""
    argv = [sys.executable, "-m", "netproof", "prove", "/dev/stdin", "--lab", "--kernel", "uml"]
    text = (ISOLATION / "site.yaml").read_text()
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "/dev/stdin is not seen by another kernel" in done.stderr


@pytest.mark.needs("netns", "nft")
def test_doctor_tells_what_serves_for_what() -> None:
    """Of this kernel: what works is as the compiler finds it, and something that lacks makes exit status 1."""
    done = netproof("doctor", "--format", "json", NETPROOF_UML="/none")
    report = json.loads(done.stdout)
    found = {finding["name"]: finding for finding in report["findings"]}
    assert (done.returncode, report["kernel"]) == (1, os.uname().release)
    assert found["root"]["there"]
    assert "/none" in found["User-Mode Linux"]["remedy"]
    assert report["isolation"]["ingress"] == found["nft-netdev"]["there"]


@pytest.mark.needs("root")
def test_doctor_without_rights_says_that_nothing_goes() -> None:
    """Exit 3, and nothing is tried."""
    argv = ["setpriv", "--bounding-set=-net_admin", sys.executable, "-m", "netproof", "doctor"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert "NO   CAP_NET_ADMIN" in done.stdout


def _offers(*options: str) -> dict[str, bool]:
    """Return what the kernel offers that these options mean, by its doctor."""
    told = json.loads(netproof("doctor", *options, "--format", "json").stdout)
    return {finding["name"]: finding["there"] for finding in told["findings"]}


def _mounts() -> list[str]:
    """All but those of named network namespaces, which come and go with other tests."""
    return [line for line in Path("/proc/self/mounts").read_text().splitlines() if " nsfs " not in line]
