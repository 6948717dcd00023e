"""A lab's nodes forget whom they met, when the prover needs room for more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netproof.kernel.vantage import NamespaceVantage
from shell import run

pytestmark = pytest.mark.needs("netns", "ip")


def test_neighbours_are_forgotten_but_for_permanent_ones_and_open_questions(make_netns: Callable[[str], str]) -> None:
    """What waits for an answer stays until it is said to go, and what somebody wrote down always does."""
    a, b = make_netns("a"), make_netns("b")
    run("ip", "link", "add", "eth0", "netns", a, "type", "veth", "peer", "name", "eth0", "netns", b)
    for netns, address in ((a, "192.0.2.1/24"), (b, "192.0.2.2/24")):
        run("ip", "-n", netns, "address", "add", address, "dev", "eth0")
        run("ip", "-n", netns, "link", "set", "eth0", "up")
    run("ip", "-n", a, "neigh", "add", "192.0.2.3", "lladdr", "02:00:00:00:00:03", "dev", "eth0")
    run("ip", "netns", "exec", a, "ping", "-qc1", "-w5", "192.0.2.2")
    run("ip", "netns", "exec", a, "ping", "-qc1", "-W1", "192.0.2.9", check=False)

    def known() -> set[str]:
        return {n["dst"] for n in json.loads(run("ip", "-n", a, "-4", "-j", "neigh")) if n["state"] != ["FAILED"]}

    assert known() == {"192.0.2.2", "192.0.2.3", "192.0.2.9"}
    vantage = NamespaceVantage("a", a)
    vantage.forget_neighbours(("lo",), unanswered=True)
    assert known() == {"192.0.2.2", "192.0.2.3", "192.0.2.9"}
    vantage.forget_neighbours(("eth0",), unanswered=False)
    assert known() == {"192.0.2.3", "192.0.2.9"}
    vantage.forget_neighbours(("eth0",), unanswered=True)
    assert known() == {"192.0.2.3"}


def test_more_neighbours_are_forgotten_than_one_batch_holds(make_netns: Callable[[str], str], tmp_path: Path) -> None:
    """A host that is asked by hundreds knows hundreds."""
    a = make_netns("a")
    run("ip", "-n", a, "link", "add", "eth0", "type", "veth", "peer", "name", "other")
    run("ip", "-n", a, "link", "set", "eth0", "up")
    batch = tmp_path / "batch"
    batch.write_text(
        "".join(f"neigh add 192.0.2.{n} lladdr 02:00:00:00:00:01 dev eth0 nud stale\n" for n in range(1, 201))
    )
    run("ip", "-n", a, "-batch", str(batch))
    vantage = NamespaceVantage("a", a)
    vantage.forget_neighbours(("eth0",), unanswered=False)
    assert json.loads(run("ip", "-n", a, "-4", "-j", "neigh") or "[]") == []


def test_routers_are_forgotten_as_others_are(make_netns: Callable[[str], str]) -> None:
    """A neighbour that says it forwards takes a place in the table as well."""
    a = make_netns("a")
    run("ip", "-n", a, "link", "add", "eth0", "type", "veth", "peer", "name", "other")
    run("ip", "-n", a, "link", "set", "eth0", "up")
    run(
        "ip", "-n", a, "neigh", "add", "fe80::1", "lladdr", "02:00:00:00:00:01", "dev", "eth0", "nud", "stale", "router"
    )
    NamespaceVantage("a", a).forget_neighbours(("eth0",), unanswered=False)
    assert "fe80::1" not in run("ip", "-n", a, "-6", "neigh")
