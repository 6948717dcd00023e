"""Stretched segments in labs: endpoints reach each other by every strategy, over either underlay, and nobody else.

The drawing is in `fabric`.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable
from itertools import permutations

import pytest

from lab_watch import visit
from netproof.kernel.netns import entered
from netproof.registry import variants
from netproof.site.model import Site
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "nft", "ping")

STRATEGIES = sorted(variants("netproof.overlays", "STRATEGY"))
QUESTION = bytes.fromhex(
    "ffffffffffff 505433000001 0806 0001 0800 06 04 0001 505433000001 c000020b 000000000000 c000020c"
)
"""blue1 asks everybody who has 192.0.2.12."""
MTU = {"ipv4": 1550, "ipv6": 1530}


def pings(site: Site, of: str, to: str, size: int, patience: int = 10) -> bool:
    """Say whether a packet of `size` bytes, which nobody may fragment, is answered within `patience` seconds.

    The table of neighbours that all namespaces share may be full for a while, for another test's sake.
    """
    payload = str(size - (48 if ":" in to else 28))
    argv = ("ping", "-q", "-c1", f"-w{patience}", "-M", "do", "-s", payload, to)
    return visit(site.name, of, *argv).returncode == 0


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_endpoints_of_all_hosts_reach_each_other_with_full_packets(
    make_fabric: Callable[..., Site], strategy: str, family: str
) -> None:
    """Each pings each other of its tenant in both families, with the largest packet; a byte more does not leave."""
    site = make_fabric(strategy, family=family)
    mtu = MTU[family]
    lost = [
        (tenant, one, other, to)
        for tenant in ("blue", "red")
        for one, other in permutations((1, 2, 3), 2)
        for to in (f"192.0.2.{10 + other}", f"2001:db8:2::{other}")
        if not pings(site, f"{tenant}{one}", to, mtu)
    ]
    assert lost == []
    assert not pings(site, "blue1", "192.0.2.12", mtu + 1, patience=1)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_underlay_too_narrow_for_ipv6_inside_carries_ipv4(make_fabric: Callable[..., Site], strategy: str) -> None:
    """Links with less than 1280 bytes have no IPv6 to be silenced."""
    site = make_fabric(strategy, narrow=True)
    assert pings(site, "blue1", "192.0.2.12", 1250)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_question_comes_out_at_its_own_tenant_alone(make_fabric: Callable[..., Site], strategy: str) -> None:
    """Ten questions by broadcast are heard where the strategy takes them, and never by the other tenant's endpoints."""
    site = make_fabric(strategy)
    ears = {}
    for name in ("blue2", "blue3", "red1", "red2", "red3"):
        with entered(f"lab.{site.name}.{name}"):
            ears[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    with entered(f"lab.{site.name}.blue1"):
        mouth = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with mouth:
        for _ in range(10):
            mouth.sendto(QUESTION, ("eth0", 0))
    heard = {name: _questions(ear) for name, ear in ears.items()}
    for ear in ears.values():
        ear.close()
    everywhere = strategy != "static-l3"
    assert heard == {"blue2": 10 * everywhere, "blue3": 10 * everywhere, "red1": 0, "red2": 0, "red3": 0}


def _questions(ear: socket.socket) -> int:
    count, until = 0, time.monotonic() + 0.2
    while select.select([ear], [], [], max(0.0, until - time.monotonic()))[0]:
        count += ear.recv(2048)[: len(QUESTION)] == QUESTION
    return count


def test_vteps_of_a_lab_know_each_other(make_fabric: Callable[..., Site]) -> None:
    """They do not count among the neighbours that this machine's namespaces share, and are no part of a host's plan."""
    site = make_fabric("flood", family="ipv6")
    known = json.loads(run("ip", "-n", f"lab.{site.name}.h1", "-6", "-j", "neigh", "show", "nud", "permanent"))
    assert {entry["dst"] for entry in known} == {"2001:db8:1::2", "2001:db8:1::3"}
    macs = {
        link["address"]
        for host in ("h2", "h3")
        for link in json.loads(run("ip", "-n", f"lab.{site.name}.{host}", "-j", "link", "show", "eth0"))
    }
    assert {entry["lladdr"] for entry in known} == macs


@pytest.mark.slow
def test_lab_of_fifty_hosts_answers_at_once(make_fabric: Callable[..., Site]) -> None:
    """The first packet after `up` arrives, although more VTEPs know each other than the machine keeps neighbours."""
    site = make_fabric("flood", hosts=50)
    for tenant in ("blue", "red"):
        assert pings(site, f"{tenant}1", "192.0.2.60", 100)
