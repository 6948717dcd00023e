"""Shadows where many hosts are proved at once: each host makes those of its own, and all know of all.

::

    (no name) eth0 ══ a1 ┐                                        ┌ a2 ══ eth0   S.a2
                  shadow ┤ blue ── VXLAN ── core ── VXLAN ── blue ┘
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from cli.hypervisor import LOOK, STATE, eventually
from shell import run
from ssh.farhosts import FarHosts, far_hosts

_serial = count(1)
pytestmark = pytest.mark.needs("netns", "ip", "nft", "sshd")


@pytest.fixture
def hosts(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[FarHosts]:
    """Make two hosts, the site applied on both."""
    with far_hosts(make_netns, tmp_path, f"d{os.getpid()}x{next(_serial)}") as made:
        made.apply()
        yield made


@pytest.fixture
def hide(hosts: FarHosts) -> Iterator[Callable[[str], None]]:
    """Take the name of an endpoint's namespace away, somebody being inside."""
    inside = []

    def hidden(endpoint: str) -> None:
        netns = f"{hosts.site}.{endpoint}"
        process = subprocess.Popen(
            ["ip", "netns", "exec", netns, "sh", "-c", "echo; exec sleep 120"], stdout=subprocess.PIPE
        )
        inside.append(process)
        assert process.stdout
        process.stdout.readline()
        run("ip", "netns", "del", netns)

    yield hidden
    for process in inside:
        process.kill()
        process.communicate()


def look(hosts: FarHosts) -> list[str]:
    """Return what other people's tools tell of both hosts, and which guests there are.

    The groups that links are in (33:33) are the kernel's business, which joins them in its own time.
    """
    shown = f"{LOOK}bridge fdb | grep -E 'permanent|static' | grep -v ^33:33 | sort"
    told = [run("ip", "netns", "exec", netns, "sh", "-c", shown) for netns in hosts.netns.values()]
    guests = [name for name in run("ip", "netns").split() if name.startswith(f"{hosts.site}.")]
    return "".join(told).splitlines() + sorted(guests)


def test_endpoints_that_cannot_be_entered_are_proved_by_shadows_on_their_hosts(
    hosts: FarHosts, hide: Callable[[str], None]
) -> None:
    """They stand on both hosts at once, reach each other's, and are gone afterwards with all that was told of them."""
    hide("a1")
    hide("r2")
    before = look(hosts)
    told = hosts.prove("--format", "json").json
    assert {c["verdict"] for c in told["claims"]} == {"kept"}
    of_a1 = {c["id"]: c["evidence"] for c in told["claims"] if "a1" in (c["from"], c["to"])}
    assert all("a1 by its shadow" in evidence or " and a1 by" in evidence for evidence in of_a1.values())
    assert {"identity/a1/a2/mac-spoof/l2", "isolation/a1/hv2/route/ipv4"} <= {*of_a1}
    assert {"reach/a1/a2/echo/ipv4", "reach/r1/r2/echo/ipv4"} <= set(told["elsewhere"])
    assert look(hosts) == before


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["proof", "outposts"])
def test_shadows_are_gone_whoever_is_killed(hosts: FarHosts, hide: Callable[[str], None], victim: str) -> None:
    """Where the connection ends the outpost takes them away; where the outpost ends, the deadman on its host does."""
    hide("a1")
    before = look(hosts)
    proof = hosts.begin()
    eventually(lambda: _stands(hosts), within=30)
    if victim == "proof":
        proof.kill()
    else:
        for pid in hosts.outposts():
            with suppress(ProcessLookupError):  # it was only about to become something else
                os.kill(pid, signal.SIGKILL)
    proof.communicate(timeout=60)
    eventually(lambda: look(hosts) == before, within=30)
    eventually(lambda: hosts.outposts() == [])
    eventually(lambda: not list((STATE / hosts.site).rglob("journal*")))


def _stands(hosts: FarHosts) -> bool:
    """Tell whether the segment has one port more on the first host than that of a1 and that to the others."""
    links = run("ip", "-n", hosts.netns["hv1"], "-br", "link", "show", "master", f"{hosts.site}-blue")
    return len(links.splitlines()) == 3


@pytest.mark.slow
def test_host_that_netproof_did_not_apply_or_that_is_not_as_it_was_makes_no_shadow(
    hosts: FarHosts, hide: Callable[[str], None]
) -> None:
    """The site is then nobody's of whom the host knows, or holds the endpoint otherwise than the shadow: cut off."""
    hide("a1")
    hide("r2")
    run(*f"ip netns exec {hosts.netns['hv1']} nft flush chain netdev netproof-{hosts.site} guard-a1".split())
    before = look(hosts)
    told = hosts.prove(expect=1).out
    assert "shadow: hv1: endpoint a1 can have no shadow: this is not as it was applied: " in told
    assert "cut off: endpoint a1" in told
    assert "shadow: hv2: endpoint r2: there is no netns" in told
    assert look(hosts) == before
    for confirmed in STATE.joinpath(hosts.site).rglob("confirmed.yaml"):
        confirmed.unlink()
    told = hosts.prove(expect=1).out
    assert "shadow: " not in told
    assert "cut off: endpoint a1" in told
