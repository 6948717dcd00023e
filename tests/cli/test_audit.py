"""`netproof audit` as somebody uses it who has never configured anything with netproof."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shell import run

pytestmark = pytest.mark.needs("netns", "bridge", "nft")

NETPROOF = (sys.executable, "-m", "netproof")
SETTING = "net/ipv4/conf/eth0/arp_ignore"


def _audit(*args: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = os.environ if path is None else {**os.environ, "PATH": path}
    return subprocess.run([*NETPROOF, "audit", *args], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def host(make_netns: Callable[[str], str]) -> str:
    """A namespace with one trap: a service address on lo that its one NIC answers for."""
    name, other = make_netns("host"), make_netns("other")
    run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", other)
    run("ip", "-n", name, "addr", "add", "192.0.2.1/24", "dev", "eth0")
    run("ip", "-n", name, "addr", "add", "192.0.2.80/32", "dev", "lo")
    run("ip", "-n", name, "link", "set", "eth0", "up")
    return name


def test_shown_command_mends_what_was_found(host: str) -> None:
    """Exit 1 with the evidence and a command that works when it is pasted; then exit 0."""
    told = _audit("--netns", host)
    assert (told.returncode, told.stderr) == (1, "")
    assert "arp-for-others: " in told.stdout
    assert "192.0.2.80 of lo" in told.stdout
    assert "\n1 findings" in told.stdout
    (command,) = (line.partition("mend: ")[2] for line in told.stdout.splitlines() if "mend: " in line)
    run(*shlex.split(command))
    told = _audit("--netns", host)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert told.stdout.startswith("0 findings")


def test_audit_changes_nothing(host: str) -> None:
    """Links, addresses, routes, rules and settings are as before."""

    def state() -> list[str]:
        asked = [("-d", "link"), ("addr",), ("route", "show", "table", "all"), ("rule",)]
        return [run("ip", "-n", host, *words) for words in asked] + [
            run("ip", "netns", "exec", host, "nft", "list", "ruleset")
        ]

    before = state()
    _audit("--netns", host)
    assert state() == before


def test_accepted_finding_is_not_counted_and_its_end_is_told(host: str, tmp_path: Path) -> None:
    """The baseline is what an earlier audit printed; what it lets pass is let pass by the next baseline too."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    told = _audit("--netns", host, "--format", "json")
    first.write_text(told.stdout)
    (finding,) = json.loads(told.stdout)["findings"]
    assert (told.returncode, finding["id"]) == (1, "arp-for-others/eth0")
    assert set(finding) == {"id", "check", "where", "title", "evidence", "why", "mend", "reference"}
    told = _audit("--netns", host, "--format", "json", "--baseline", str(first))
    second.write_text(told.stdout)
    assert told.returncode == 0
    assert json.loads(told.stdout)["accepted"] == [finding["id"]]
    run("ip", "-n", host, "addr", "add", "198.51.100.1/24", "dev", "lo")
    assert _audit("--netns", host, "--baseline", str(second)).returncode == 1
    run("ip", "-n", host, "addr", "del", "198.51.100.1/24", "dev", "lo")
    run(*finding["mend"])
    told = _audit("--netns", host, "--baseline", str(second))
    assert told.returncode == 0
    assert "gone since the baseline: arp-for-others/eth0" in told.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no baseline"),
        ('{"findings": [], "accepted": 3}', "is no baseline"),
        ('{"findings": [{"id": 3}], "accepted": []}', "is no baseline"),
        ('["arp-for-others/eth0"]', "is no baseline"),
        (None, "cannot read the baseline"),
    ],
)
def test_wrong_baseline_is_one_sentence(host: str, tmp_path: Path, text: str | None, words: str) -> None:
    """Exit 2, and nothing is audited."""
    baseline = tmp_path / "baseline.json"
    if text is not None:
        baseline.write_text(text)
    told = _audit("--netns", host, "--baseline", str(baseline))
    assert told.returncode == 2
    assert words in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("name", [b"\xff\xfe", b'a"b', b"a;$(b)", b"eth0.5", "ü".encode()], ids=repr)
def test_link_of_any_name_is_audited_and_mended(host: str, name: bytes) -> None:
    """Bytes that are no text, quotes, what a shell or sysctl would read: no traceback, and the command does it."""
    argv = ["ip", "-n", host, "link", "add", "name", name, "type", "veth", "peer", "name", "far"]
    subprocess.run(argv, check=True)
    subprocess.run(["ip", "-n", host, "addr", "add", "198.51.100.1/24", "dev", name], check=True)
    subprocess.run(["ip", "-n", host, "link", "set", "dev", name, "up"], check=True)
    subprocess.run(["ip", "-n", host, "route", "add", "default", "via", "192.0.2.2"], check=True)
    for _ in range(2):
        told = _audit("--netns", host)
        assert "Traceback" not in told.stderr
        assert told.stderr == ""
    shown = _audit("--netns", host, "--format", "json")
    for finding in json.loads(shown.stdout.encode("utf-8", "surrogateescape"))["findings"]:
        if b"\xff" not in name:
            run(*finding["mend"])
    if b"\xff" not in name:
        assert _audit("--netns", host).returncode == 0


def test_unknown_namespace_is_one_sentence() -> None:
    """Exit 2."""
    told = _audit("--netns", "no-such-namespace")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "no-such-namespace" in told.stderr


def test_program_that_lacks_stops_the_checks_that_need_it_and_is_named(host: str, tmp_path: Path) -> None:
    """Without `bridge` nothing is said of FDB entries: exit 3 where nothing else is found; without `ip`, 3 at once."""
    run("ip", "-n", host, "addr", "del", "192.0.2.80/32", "dev", "lo")
    (tmp_path / "ip").symlink_to("/usr/sbin/ip" if Path("/usr/sbin/ip").exists() else "/sbin/ip")
    told = _audit("--netns", host, "--format", "json", path=str(tmp_path))
    assert told.returncode == 3, told.stdout + told.stderr
    not_run = json.loads(told.stdout)["not_run"]
    assert {"fdb-static", "fdb-permanent"} <= not_run.keys()
    assert "bridge is not installed" in not_run["fdb-static"]
    (tmp_path / "ip").unlink()
    told = _audit("--netns", host, path=str(tmp_path))
    assert (told.returncode, told.stderr.count("\n")) == (3, 1)
    assert "ip is not installed" in told.stderr


def test_user_without_rights_is_told_so(host: str) -> None:
    """Exit 3, one sentence."""
    argv = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *NETPROOF, "audit", "--netns", host]
    told = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert told.returncode == 3, told.stderr
    assert told.stderr == "netproof: needs root: run with sudo\n"


def test_namespaces_that_hold_bridges_of_the_host_are_named(make_netns: Callable[[str], str]) -> None:
    """They are told apart by name and mark, and are no part of another namespace that is audited."""
    annex, foreign = make_netns("dmz@hv1"), make_netns("dmz@hv2")
    run("ip", "-n", annex, "link", "set", "lo", "alias", f"netproof:demo:{annex}")
    beside = json.loads(_audit("--format", "json").stdout)["beside"]
    assert annex in beside
    assert foreign not in beside
    assert f"netproof audit --netns {annex}" in _audit().stdout
    assert json.loads(_audit("--netns", annex, "--format", "json").stdout)["beside"] == []
