"""`prove --ssh`: many hosts at once, by a real sshd on each."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from cli.hypervisor import Hypervisor, eventually, hypervisor, netproof
from netproof.cli.ssh import _line
from netproof.errors import CannotError
from shell import run
from ssh.farhosts import Admin, FarHosts, far_hosts

_serial = count(1)
TWINS = """
netproof: 1
site: {site}
hosts: {{hv1: {{}}, hv2: {{}}}}
segments: {{blue: {{subnets: [192.0.2.0/24]}}, red: {{subnets: [192.0.2.0/24]}}}}
endpoints:
  a: {{host: hv1, segment: blue, addresses: [192.0.2.1/24]}}
  b: {{host: hv2, segment: red, addresses: [192.0.2.1/24]}}
"""
ROOTED = """
netproof: 1
site: {site}
networks: {{core: {{subnets: [203.0.113.0/24], mtu: 1600}}}}
hosts:
  hv1: {{nics: {{eth0: {{network: core, addresses: [203.0.113.1/24]}}}}}}
  hv2: {{nics: {{eth0: {{network: core, addresses: [203.0.113.2/24]}}}}}}
segments: {{blue: {{subnets: [192.0.2.0/24]}}, red: {{subnets: [192.0.2.0/24]}}}}
endpoints:
  b1: {{host: hv1, segment: blue, addresses: [192.0.2.11/24]}}
  b2: {{host: hv1, segment: blue, addresses: [192.0.2.12/24]}}
  r1: {{host: hv2, segment: red, addresses: [192.0.2.11/24]}}
  r2: {{host: hv2, segment: red, addresses: [192.0.2.12/24]}}
"""
UPLINKED = """
netproof: 1
site: {site}
networks: {{core: {{}}}}
hosts: {{hv1: {{nics: {{eth0: {{network: core}}}}}}, hv2: {{nics: {{eth0: {{network: core}}}}}}}}
segments: {{blue: {{subnets: [192.0.2.0/24], uplinks: [hv1.eth0, hv2.eth0]}}, red: {{subnets: [192.0.2.0/24]}}}}
endpoints:
  b1: {{host: hv2, segment: blue, addresses: [192.0.2.11/24]}}
  b2: {{host: hv2, segment: blue, addresses: [192.0.2.12/24]}}
  b3: {{host: hv1, segment: blue, addresses: [192.0.2.13/24]}}
  r1: {{host: hv1, segment: red, addresses: [192.0.2.11/24]}}
  r2: {{host: hv1, segment: red, addresses: [192.0.2.12/24]}}
"""
pytestmark = pytest.mark.needs("netns", "ip", "nft", "sshd")


@pytest.fixture
def hosts(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[FarHosts]:
    """Make two hosts, the site applied on both."""
    with far_hosts(make_netns, tmp_path, f"f{os.getpid()}x{next(_serial)}") as made:
        made.apply()
        yield made


@pytest.fixture
def alone(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[Hypervisor]:
    """Make a single host by hand, not configured yet."""
    with hypervisor(make_netns, tmp_path, f"f{os.getpid()}x{next(_serial)}") as made:
        yield made


@pytest.fixture
def admin(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[Admin]:
    """Make a machine from which hosts are reached."""
    made = Admin(make_netns("admin"), tmp_path)
    yield made
    made.leave()


def test_cross_host_claims_are_here(hosts: FarHosts) -> None:
    """What needs a vantage on either host is tried, and kept, though one host alone calls it elsewhere."""
    alone = hosts.prove("--hosts", "hv1", "--format", "json", expect=1).json
    crossing = {
        "reach/a1/a2/echo/ipv4",
        "reach/a2/a1/echo/ipv6",
        "mtu/a1/a2/over-full/ipv4",
        "isolation/a1/hv2/route/ipv4",
        "identity/r1/r2/arp-reply/ipv4",
    }
    assert crossing <= set(alone["elsewhere"])
    both = hosts.prove("--format", "json").json
    assert crossing <= {c["id"] for c in both["claims"]}
    assert {c["verdict"] for c in both["claims"]} == {"kept"}
    assert both["where"] == "hosts"
    assert hosts.outposts() == []


def test_far_away_hosts_are_not_waited_for_packet_by_packet(hosts: FarHosts) -> None:
    """Where an answer takes 80 ms, few of the many that come are waited for, and every claim is kept as beside them."""
    hosts.admin.lag(0.04)
    count, counting = hosts.admin.folder / "count", Path(__file__).with_name("counting.py")
    command = (*hosts.admin.within, sys.executable, counting, count, "prove", hosts.file, "--ssh", "--format", "json")
    proof = json.loads(run(*map(str, command)))
    assert {c["verdict"] for c in proof["claims"]} == {"kept"}
    orders, waits = map(int, count.read_text().split())
    assert orders > 1500
    assert waits < 60
    assert proof["seconds"] < 15


def test_what_leaks_from_host_to_host_is_told(hosts: FarHosts) -> None:
    """A port of one tenant, plugged into the other's bridge on one host, is heard of from the other host."""
    port, bridge = f"{hosts.site}-a2", f"{hosts.site}-red"
    run("ip", "-n", hosts.netns["hv2"], "link", "set", port, "master", bridge)
    proof = hosts.prove("--format", "json", expect=1).json
    broken = {c["id"]: c["evidence"] for c in proof["claims"] if c["verdict"] == "broken"}
    assert "reach/a1/a2/echo/ipv4" in broken
    assert any(id_.startswith("isolation/r1/blue/") for id_ in broken), broken


def test_bridge_in_a_namespace_of_its_own_is_watched_there(make_netns: Callable[[str], str], tmp_path: Path) -> None:
    """What a host keeps beside its own namespace is of that host, and is told of as the host itself."""
    text = ROOTED.replace("blue: {{", "blue: {{isolation: [namespace, ingress], ")
    with far_hosts(make_netns, tmp_path, f"f{os.getpid()}x{next(_serial)}", text) as hosts:
        hosts.apply()
        assert {c["verdict"] for c in hosts.prove("--format", "json").json["claims"]} == {"kept"}


@pytest.mark.slow
def test_cut_wire_between_hosts_is_no_isolation(make_netns: Callable[[str], str], tmp_path: Path) -> None:
    """What lives on one host each is kept apart only where something else gets from the one to the other."""
    with far_hosts(make_netns, tmp_path, f"f{os.getpid()}x{next(_serial)}", ROOTED) as hosts:
        hosts.apply()
        assert {c["verdict"] for c in hosts.prove("--format", "json").json["claims"]} == {"kept"}
        run("ip", "-n", hosts.netns["hv2"], "link", "set", "eth0", "down")
        claims = hosts.prove("--format", "json", expect=1).json["claims"]
    across = {c["id"]: (c["verdict"], c["evidence"]) for c in claims if {c["from"][0], c["to"][0]} == {"b", "r"}}
    assert {verdict for verdict, _ in across.values()} == {"inconclusive"}, across
    assert "hv1 to hv2" in across["isolation/b1/red/udp-one-way/ipv4"][1]
    assert "hv2 to hv1" in across["isolation/r1/blue/udp-one-way/ipv4"][1]


@pytest.mark.slow
def test_leak_over_a_shared_uplink_is_not_hidden_by_its_being_cut(
    make_netns: Callable[[str], str], tmp_path: Path
) -> None:
    """Kept, broken, and in doubt once what leaks cannot get there: a segment of both hosts tells."""
    with far_hosts(make_netns, tmp_path, f"f{os.getpid()}x{next(_serial)}", UPLINKED) as hosts:
        hosts.apply()

        def verdicts(expect: int = 1) -> set[str]:
            claims = hosts.prove("--format", "json", expect=expect).json["claims"]
            tried = [f"isolation/{pair}/broadcast-frame/l2" for pair in ("b1/red", "r1/blue")]
            return {c["verdict"] for c in claims if c["id"] in tried}

        assert verdicts(expect=0) == {"kept"}
        port, bridge = f"{hosts.site}-r1", f"{hosts.site}-blue"
        run("ip", "-n", hosts.netns["hv1"], "link", "set", port, "master", bridge)
        assert verdicts() == {"broken"}
        run("ip", "-n", hosts.netns["hv1"], "link", "set", port, "master", f"{hosts.site}-red")
        run("ip", "-n", hosts.netns["hv2"], "link", "set", "eth0", "down")
        assert verdicts() == {"inconclusive"}


def test_lost_connection_leaves_claims_in_doubt_and_names_the_host(hosts: FarHosts) -> None:
    """An outpost that dies in the middle is no silence: nothing that leans on it is kept, and all end."""
    proof = hosts.begin()
    eventually(lambda: any(map(_serves, hosts.outposts("hv2"))))
    for pid in hosts.outposts("hv2"):
        with suppress(ProcessLookupError):  # it was only about to become something else
            os.kill(pid, signal.SIGKILL)
    out, err = proof.communicate(timeout=60)
    assert (proof.returncode, err) == (1, "")
    claims = json.loads(out)["claims"]
    doubted = {c["id"]: c["evidence"] for c in claims if c["verdict"] == "inconclusive"}
    assert "hv2: the connection is lost" in doubted["reach/a1/a2/echo/ipv4"]
    assert not [c for c in claims if c["verdict"] == "kept" and {c["from"], c["to"]} & {"a2", "r2", "hv2"}]
    eventually(lambda: hosts.outposts() == [])


def _serves(pid: int) -> bool:
    """Tell whether an outpost has answered the greeting: it waits at all of its ears at once."""
    with suppress(FileNotFoundError):  # it was closed, or ended, meanwhile
        return any(str(fd.readlink()) == "anon_inode:[eventpoll]" for fd in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_outposts_go_when_whoever_proves_is_killed(hosts: FarHosts) -> None:
    """Their standard input closes: no process, route or rule is left on the hosts."""
    before = [run("ip", "-n", hosts.netns[h], "rule") for h in ("hv1", "hv2")]
    proof = hosts.begin()
    eventually(lambda: bool(hosts.outposts("hv1") and hosts.outposts("hv2")))
    proof.kill()
    proof.communicate()
    eventually(lambda: hosts.outposts() == [])
    assert [run("ip", "-n", hosts.netns[h], "rule") for h in ("hv1", "hv2")] == before


def test_interrupted_proof_leaves_nothing_on_the_hosts(hosts: FarHosts) -> None:
    """Exit 130, one sentence, and whatever stood on the hosts is gone."""
    proof = hosts.begin()
    eventually(lambda: bool(hosts.outposts("hv1") and hosts.outposts("hv2")))
    proof.send_signal(signal.SIGINT)
    out, err = proof.communicate(timeout=60)
    assert (proof.returncode, out) == (130, "")
    assert err.count("\n") == 1
    assert err.startswith("netproof: interrupted")
    eventually(lambda: hosts.outposts() == [])


def test_host_that_cannot_be_proved_is_named_in_one_sentence(hosts: FarHosts) -> None:
    """Another site, or another host, than what is meant is wrong input; no sshd is what this machine cannot do."""
    text = hosts.file.read_text()
    hosts.file.write_text(text.replace("overlay: flood", "overlay: static-l2"))
    assert "hv1: what is applied there is not what" in _refused(hosts, expect=2)
    hosts.file.write_text(text + "# said otherwise, meant the same\n")
    settings = hosts.admin.folder / "config"
    known = settings.read_text()
    settings.write_text(known.replace("192.168.78.1", "192.168.77.1"))
    assert "hv2: eth0 there does not bear 203.0.113.2: this is not hv2, or" in _refused(hosts, expect=2)
    settings.write_text(known)
    hosts.admin.sshds["hv2"].terminate()
    assert "hv2: cannot be proved by ssh: ssh: connect to host" in _refused(hosts, expect=3)
    alone = hosts.prove("--hosts", "hv1", "--format", "json", expect=1).json
    assert "reach/a1/a2/echo/ipv4" in alone["elsewhere"]


def test_two_names_that_lead_to_one_machine_are_refused(
    make_netns: Callable[[str], str], admin: Admin, tmp_path: Path
) -> None:
    """No NIC has an address and nothing is applied, by which either could be told from the other."""
    admin.reach("hv1", make_netns("hv1"))
    admin.note("config", (tmp_path / "config").read_text().replace("Host hv1", "Host hv2"))
    file = tmp_path / "site.yaml"
    file.write_text(TWINS.format(site=f"f{os.getpid()}x{next(_serial)}"))
    said = netproof("prove", file, "--ssh", expect=2, within=admin.within)
    assert said.err == "netproof: hv1 and hv2 are one machine: ssh leads to it by both names\n"


def test_connection_is_its_own_whatever_settings_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another's connection nobody would notice in time that the host is cut off; nor are ports opened along."""
    settings = tmp_path / "config"
    settings.write_text(f"Host h\n ControlMaster auto\n ControlPath {tmp_path}/%h\n LocalForward 9999 localhost:22\n")
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {settings} -G "$@" >{tmp_path}/meant\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with _line("h") as line, pytest.raises(CannotError):
        line.be_answered(["h"])
    meant = (tmp_path / "meant").read_text()
    assert "serveraliveinterval 5" in meant
    assert "controlpath" not in meant
    assert "localforward" not in meant


@pytest.mark.parametrize("wound", ["", pytest.param("nft flush ruleset", marks=pytest.mark.slow)])
def test_one_host_by_ssh_is_told_as_it_tells_itself(alone: Hypervisor, admin: Admin, wound: str) -> None:
    """Sound or wounded: over a line every claim has the verdict that it has without one."""
    alone.do("apply")
    admin.reach("hv1", alone.hv)
    if wound:
        run("ip", "netns", "exec", alone.hv, *wound.split())
    status = 1 if wound else 0
    itself = alone.do("prove", "--format", "json", expect=status).json
    by_ssh = netproof("prove", alone.file, "--ssh", "--format", "json", expect=status, within=admin.within).json
    assert _told(by_ssh) == _told(itself)
    assert by_ssh["elsewhere"] == itself["elsewhere"]


def _told(proof: dict) -> dict[str, tuple[str, str]]:
    """Return verdicts and evidence; a stack that was busy is asked once more, so how often does not matter."""
    return {c["id"]: (c["verdict"], re.sub(r"\d+ sent", "sent", c["evidence"])) for c in proof["claims"]}


def _refused(hosts: FarHosts, *, expect: int) -> str:
    said = hosts.prove(expect=expect)
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    return said.err
