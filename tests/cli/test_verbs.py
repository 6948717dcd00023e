"""Every verb as a user types it, in text and in JSON."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest

from cli.hypervisor import NETPROOF, Hypervisor, eventually, netproof, refusal
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

STEP = {"do", "kind", "object", "impact", "reason"}


def test_check_draws_the_site_and_counts_its_claims(host: Hypervisor) -> None:
    """Text for people; JSON with the same claims."""
    said = netproof("check", host.file)
    told = netproof("check", host.file, "--format", "json").json
    ids = netproof("check", host.file, "--claims").out.splitlines()
    assert "bridged into dmz" in said.out
    assert said.out.splitlines()[-1].endswith(f"{len(ids)} claims")
    assert set(told) == {"netproof", "site", "warnings", "claims"}
    assert told["site"] == host.site
    assert told["claims"] == ids


def test_plan_tells_every_step_and_touches_nothing(host: Hypervisor) -> None:
    """The steps in text and JSON are the same, each with a reason and a place."""
    before = host.look()
    lines = host.do("plan").out.splitlines()
    told = host.do("plan", "--format", "json").json
    assert set(told) == {"netproof", "host", "steps", "present", "notes", "aside"}
    assert all(set(step) == STEP and step["reason"] for step in told["steps"])
    assert lines[0] == f"hv1: {len(told['steps'])} steps, none disruptive"
    assert any(line.split() == ["=", "link", "eth1", "up", "present,", "foreign", f"{host.file}:14"] for line in lines)
    assert host.look() == before
    assert not host.folder.exists()


def test_apply_does_the_plan_and_a_second_plan_is_empty(host: Hypervisor) -> None:
    """In text and in JSON; apply again has nothing to do."""
    planned = host.do("plan", "--format", "json").json["steps"]
    assert host.do("apply", "--format", "json").json["steps"] == planned
    assert host.is_applied()
    assert host.do("plan").out.startswith("hv1: nothing to do")
    assert host.do("plan", "--format", "json").json["steps"] == []
    assert host.do("apply").out.splitlines()[-1] == "as declared already"
    run("ip", "netns", "exec", f"{host.site}.vm1", "ping", "-c1", "-w5", "198.51.100.254")


def test_apply_with_proof_keeps_what_holds(host: Hypervisor) -> None:
    """Every claim that can be tried here is kept; the same proof by itself exits 0."""
    host.do("apply", "--prove")
    assert host.is_applied()
    told = netproof(*host.at("prove", "--format", "json")).json
    assert told["where"] == "host"
    assert told["summary"]["kept"] == len(told["claims"]) > 20
    assert told["elsewhere"]


def test_apply_with_proof_reverts_what_does_not_hold(host: Hypervisor) -> None:
    """The open bridge is proved open, told with the attack and the claim, and taken away."""
    before = host.look()
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: none"))
    said = host.do("apply", "--prove", expect=4)
    assert "BROKEN  vm1 reaches hv1 at 192.168.14.1" in said.out
    claim = r"claim isolation/vm1/hv1/[a-z0-9-]+/(ipv4|ipv6|l2) is broken \(and \d+ more are not kept\)"
    assert re.fullmatch(f"netproof: the proof does not hold: {claim}; everything was undone\n", said.err)
    assert host.look() == before


def test_apply_with_proof_reverts_a_way_left_open_within_five_seconds(host: Hypervisor) -> None:
    """Of a list of methods that closes IP, and leaves ARP open: from the moment it stands, the proof included."""
    before = host.look()
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: [rp-filter, disable-ipv6]"))
    applying = host.begin("apply", "--prove")
    eventually(host.is_applied)
    began = time.monotonic()
    eventually(lambda: not host.is_applied())
    assert time.monotonic() - began < 5
    out, said = applying.communicate(timeout=10)
    assert applying.returncode == 4
    assert "arp-probe/ipv4" in out
    assert "is broken" in said
    assert host.look() == before


def test_proof_where_lo_is_down_is_told(host: Hypervisor) -> None:
    """As in a namespace just made, where who listens hears nothing; with it up, that nothing is applied is told."""
    run("ip", "-n", host.hv, "link", "set", "lo", "down")
    said = refusal(*host.at("prove"), expect=3)
    remedy = f"`ip -n {host.hv} link set lo up`"
    assert said == f"netproof: lo is down, and who listens must hear itself by it: run {remedy}"
    run("ip", "-n", host.hv, "link", "set", "lo", "up")
    told = netproof(*host.at("prove"), expect=1).out
    assert f"cut off: endpoint vm1: there is no netns {host.site}.vm1; `netproof apply` makes it" in told


def test_rollback_goes_back_to_before_the_last_apply(host: Hypervisor) -> None:
    """Back to the first site, whose restore is kept; then there is nothing left to roll back."""
    host.do("apply")
    first = host.look()
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: [bridge-filter]"))
    host.do("apply")
    assert host.look() != first
    said = host.do("rollback").out
    assert said.splitlines()[-1] == "rolled back"
    assert host.look() == first
    assert "nothing to roll back" in host.refused("rollback", expect=2)


def test_remove_leaves_nothing_and_puts_settings_back(host: Hypervisor) -> None:
    """What was foreign is as it was before; a second remove says that there is nothing."""
    run("ip", "netns", "exec", host.hv, "sysctl", "-qw", "net.ipv6.conf.eth2.disable_ipv6=0")
    before = host.look()
    host.do("apply")
    told = netproof("remove", host.site, "--host", "hv1", "--netns", host.hv, "--format", "json").json
    assert {step["do"] for step in told["steps"]} == {"delete", "replace"}
    assert host.look() == before
    assert host.do("remove").out.splitlines()[-1] == "nothing of ours was here"


def test_prove_in_a_lab_builds_and_removes_it(host: Hypervisor) -> None:
    """Exit 0, all kept, and no namespace is left."""
    said = netproof("prove", host.file, "--lab")
    claims = len(netproof("check", "--claims", host.file).out.splitlines())
    assert said.out.splitlines()[-1].startswith(f"{claims} kept of {claims} ")
    assert not host.guests()


def test_prove_of_an_open_site_is_broken(host: Hypervisor) -> None:
    """Exit 1; the story names attacker, target, attack and remedy; JSON has every claim."""
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: none"))
    only = ("--kind", "isolation", "--from", "vm1", "--to", "hv1")
    said = netproof("prove", host.file, "--lab", *only, expect=1).out
    told = netproof("prove", host.file, "--lab", *only, "--format", "json", expect=1).json
    assert "BROKEN  vm1 reaches hv1 at 192.168.14.1" in said
    assert f"mend  segments.dmz.isolation is none ({host.file}:25)" in said
    assert set(told) == {
        *("netproof", "site", "kernel", "where", "seconds", "claims", "elsewhere", "not_claimed", "summary"),
    }
    assert {c["verdict"] for c in told["claims"]} == {"kept", "broken"}
    assert {(c["kind"], c["from"], c["to"]) for c in told["claims"]} == {("isolation", "vm1", "hv1")}


def test_lab_is_built_visited_and_removed(host: Hypervisor) -> None:
    """Up, status, exec with the program's exit status, prove in it, down; each in order."""
    up = netproof("lab", "up", host.file, "--format", "json").json
    assert up["site"] == host.site
    status = netproof("lab", "--format", "json", "status", host.site).json
    assert (status["state"], len(status["nodes"])) == ("up", up["nodes"])
    ping = netproof("lab", "exec", host.site, "vm1", "--", "ping", "-c1", "-w5", "198.51.100.12")
    assert "1 received" in ping.out
    netproof("lab", "exec", host.site, "vm1", "--", "sh", "-c", "exit 7", expect=7)
    piped = f"'{NETPROOF}' lab exec {host.site} vm1 -- yes | head -1"
    assert subprocess.run(["sh", "-c", piped], capture_output=True, text=True, timeout=20, check=True).stderr == ""
    assert "is up already" in refusal("lab", "up", host.file, expect=2)
    netproof("prove", host.file, "--lab", "--kind", "reach")
    assert netproof("lab", "down", host.site).out == f"lab {host.site}: {up['nodes']} nodes removed\n"
    assert netproof("lab", "status", host.site).out == f"lab {host.site}: not up\n"
    assert not host.guests()


def test_lab_that_is_up_is_not_proved_for_a_changed_file(host: Hypervisor) -> None:
    """What is up is not what the file says any more: an error that says so."""
    netproof("lab", "up", host.file)
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: none"))
    assert "has changed since `lab up`" in refusal("prove", host.file, "--lab", expect=2)
    netproof("lab", "down", host.site)


def test_schema_is_json(host: Hypervisor) -> None:
    """An editor can read it."""
    assert json.loads(netproof("schema").out)["title"] == "netproof site, format 1"


def test_errors_in_json_have_places(host: Hypervisor) -> None:
    """The same exit status, and for each problem file, line, column and sentence."""
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: atuo"))
    said = netproof("check", host.file, "--format", "json", expect=2)
    error = said.json["error"]
    assert not said.err
    assert error["exit"] == 2
    [problem] = error["problems"]
    assert (problem["file"], problem["line"]) == (str(host.file), 25)
    assert 'did you mean "auto"' in problem["message"]
