"""Rules of others that bridged frames pass are named by plan and apply, where they can do anything to them."""

from __future__ import annotations

import re

import pytest

from cli.hypervisor import Hypervisor
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def notes(host: Hypervisor, verb: str = "plan") -> list[str]:
    """Return the notes that a verb gives on passing rules of others."""
    told: list[str] = host.do(verb, "--format", "json").json["notes"]
    return [note for note in told if "rules that are not ours" in note]


def inside(host: Hypervisor, *argv: str) -> str:
    """Run a command on the hypervisor."""
    return run("ip", "netns", "exec", host.hv, *argv)


def call(host: Hypervisor, tables: str, switch: int) -> None:
    """Say whether frames on bridges pass the forward rules of a family."""
    inside(host, "sysctl", "-qw", f"net.bridge.bridge-nf-call-{tables}={switch}")


@pytest.fixture
def filtered(host: Hypervisor) -> Hypervisor:
    """Make a host with forward rules of others, and frames on bridges pass them."""
    for tables in ("iptables", "ip6tables"):
        call(host, tables, 1)
    for family, policy, rule in (("ip", "drop", ""), ("ip6", "accept", "counter accept"), ("inet", "accept", "")):
        inside(host, "nft", f"add table {family} docker")
        inside(
            host, "nft", f"add chain {family} docker FWD {{ type filter hook forward priority 0; policy {policy}; }}"
        )
        inside(host, "nft", f"add chain {family} docker IN {{ type filter hook input priority 0; policy drop; }}")
        if rule:
            inside(host, "nft", f"add rule {family} docker FWD {rule}")
    return host


def test_foreign_forward_rules_are_named(filtered: Hypervisor) -> None:
    """Those that can drop: not the empty one that accepts, no other hook, and never our own."""
    [note] = notes(filtered, "apply")
    assert "nft ip docker FWD (0 rules, policy drop); nft ip6 docker FWD (1 rules, policy accept); for" in note
    assert notes(filtered) == [note]
    assert f"  note: {note}" in filtered.do("plan").out.splitlines()


def test_foreign_address_translation_is_named(filtered: Hypervisor) -> None:
    """Chains of type nat at both their hooks, and what else stands there; empty ones that accept do nothing."""
    for hook, priority, kind in (
        ("prerouting", -100, "nat"),
        ("postrouting", 100, "nat"),
        ("prerouting", -300, "filter"),
    ):
        chain = f"ip docker {kind}-{hook}"
        inside(filtered, "nft", f"add chain {chain} {{ type {kind} hook {hook} priority {priority}; }}")
        assert chain not in notes(filtered)[0]
        inside(filtered, "nft", f"add rule {chain} ip saddr 198.51.100.11 counter")
    [note] = notes(filtered)
    for chain in ("nat-prerouting", "nat-postrouting", "filter-prerouting"):
        assert f"nft ip docker {chain} (1 rules, policy accept)" in note
    assert "may drop or rewrite them" in note


def test_foreign_forward_rules_of_a_family_that_is_not_called_are_not_named(filtered: Hypervisor) -> None:
    """IPv4 frames do not pass them any more; with both off nothing is passed."""
    call(filtered, "iptables", 0)
    [note] = notes(filtered)
    assert "nft ip docker" not in note
    assert "nft ip6 docker" in note
    call(filtered, "ip6tables", 0)
    assert not notes(filtered)


def test_policy_makes_frames_pass_foreign_rules_whatever_the_setting(filtered: Hypervisor) -> None:
    """Its segment's bridge hands them on by itself, to have their connections tracked."""
    for tables in ("iptables", "ip6tables"):
        call(filtered, tables, 0)
    assert not notes(filtered)
    filtered.file.write_text(filtered.file.read_text() + "\npolicy: [{from: vm1, to: vm2, deny: all}]\n")
    [note] = notes(filtered)
    assert "nft ip docker FWD (0 rules, policy drop)" in note
    assert "a policy needs connection tracking" in note


def test_host_without_segments_passes_nobodys_rules(filtered: Hypervisor) -> None:
    """There is no bridge, so there is nothing to warn of."""
    text = filtered.file.read_text()
    filtered.file.write_text(text[: text.index("segments:")])
    assert not notes(filtered)


def test_isolation_that_stops_bridged_frames_is_told(host: Hypervisor) -> None:
    """By plan, where frames on bridges pass the hook in which it drops; else it is silent."""
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: [raw-drop, no-arp]"))
    for tables, switch, told in (("iptables", 1, 1), ("iptables", 0, 1), ("ip6tables", 0, 0)):
        call(host, tables, switch)
        found = [n for n in host.do("plan", "--format", "json").json["notes"] if "isolation raw-drop (raw-dmz)" in n]
        assert len(found) == told


def test_foreign_rules_are_named_where_the_bridge_is(filtered: Hypervisor) -> None:
    """Rules of the host's own namespace do nothing to one that is in another; rules in there do."""
    text = re.sub(r"^ *(uplinks|gateway): .*\n", "", filtered.file.read_text(), flags=re.M)
    filtered.file.write_text(re.sub("isolation: .*", "isolation: [namespace, ingress]", text))
    assert not notes(filtered)
    assert not notes(filtered, "apply")
    annex = f"{filtered.site}.dmz@hv1"
    for tables in ("iptables", "ip6tables"):
        run("ip", "netns", "exec", annex, "sysctl", "-qw", f"net.bridge.bridge-nf-call-{tables}=1")
    run("ip", "netns", "exec", annex, "nft", "add table ip theirs")
    chain = "add chain ip theirs FWD { type filter hook forward priority 0; policy drop; }"
    run("ip", "netns", "exec", annex, "nft", chain)
    [note] = notes(filtered)
    assert f": nft ip theirs FWD (0 rules, policy drop) in netns {annex}; for" in note
