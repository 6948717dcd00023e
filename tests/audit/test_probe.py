"""`audit --probe`: packets show what a bridge hands to its host, and nothing is left of the asking."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from audit.driver import HERE, inside, mend, set_up
from audit.driver import found as findings
from shell import eventually, run

pytestmark = pytest.mark.needs("netns", "bridge", "nft")

AUDIT = (sys.executable, "-m", "netproof", "audit", "--probe", "--format", "json", "--netns")


def _probe(netns: str) -> str:
    told = subprocess.run([*AUDIT, netns], capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stderr
    return next(f["probe"] for f in json.loads(told.stdout)["findings"] if f["check"] == "bridge-to-host")


def _is_settled(netns: str) -> bool:
    """Say whether the bridge and its port have the addresses that the kernel gives them."""
    told = [run("ip", "-n", netns, "addr", "show", "dev", ifname) for ifname in ("br0", "port0")]
    return all("fe80:" in addresses and "tentative" not in addresses for addresses in told)


def _state(netns: str) -> list[str]:
    asked = (("-o", "addr"), ("neigh",), ("route", "show", "table", "all"))
    links = [
        {key: link[key] for key in ("ifname", "address", "mtu", "flags", "operstate")}
        for link in json.loads(run("ip", "-n", netns, "-j", "link"))
    ]
    return [json.dumps(links), run("bridge", "-n", netns, "fdb"), *(run("ip", "-n", netns, *words) for words in asked)]


def test_stranger_at_an_open_bridge_is_answered_and_leaves_nothing(make_netns: Callable[[str], str]) -> None:
    """By the address of another link and by the bridge's own; a bridge of large frames keeps its MTU and its MAC."""
    scene = set_up(HERE / "bridge_to_host" / "sick.sh", make_netns)
    for netns, ifname in ((scene.host, "port0"), (scene.other, "guest0")):
        run("ip", "-n", netns, "link", "set", ifname, "mtu", "9000", "up")
    assert eventually(lambda: _is_settled(scene.host))
    before = _state(scene.host)
    told = _probe(scene.host)
    assert told.startswith("asked by a stranger at br0: 192.0.2.1 answered, fe80::"), told
    assert eventually(lambda: _state(scene.host) == before), (before, _state(scene.host))


def test_stranger_at_a_bridge_that_is_half_closed_is_answered_by_half(make_netns: Callable[[str], str]) -> None:
    """Nobody answers for addresses of other links, but the bridge for its own."""
    host, guest = set_up(HERE / "bridge_to_host" / "sick.sh", make_netns)
    run("ip", "-n", guest, "link", "set", "guest0", "up")  # a bridge without carrier has no address to answer for
    inside(host, "sysctl", "-w", "net/ipv4/conf/br0/arp_ignore=1")
    assert eventually(lambda: _is_settled(host))
    told = _probe(host)
    assert "192.0.2.1" not in told
    assert "fe80::" in told


def test_bridge_that_was_closed_is_not_asked(make_netns: Callable[[str], str]) -> None:
    """There is no finding to show."""
    host, _ = set_up(HERE / "bridge_to_host" / "sick.sh", make_netns)
    mend(host, findings(host, "bridge_to_host"))
    told = subprocess.run([*AUDIT, host], capture_output=True, text=True, check=False)
    assert "probe" not in told.stdout


def test_killed_probe_leaves_no_port(make_netns: Callable[[str], str]) -> None:
    """Both ends go with the namespace that only the killed process held."""
    host, _ = set_up(HERE / "bridge_to_host" / "sick.sh", make_netns)
    run("ip", "-n", host, "link", "set", "br0", "arp", "off")  # so that it waits for an answer that does not come

    def ports() -> bool:
        return "npaudit" in inside(host, "ls", "/sys/class/net").stdout

    asking = subprocess.Popen([*AUDIT, host], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert eventually(ports, within=20)
        os.kill(asking.pid, signal.SIGKILL)
    finally:
        asking.kill()
        asking.wait()
    assert eventually(lambda: not ports())
