"""The lab attacked with other people's tools: what the proof says of it can be seen by hand.

A guest asks for, and sends to, the hypervisor's *other* address, 192.168.14.1 on eth1, through the bridge. With
isolation none the kernel answers and takes the packets; with auto there is silence, and guests still reach each other.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from lab_watch import visit
from netproof.lab.lab import up
from netproof.site.model import Site
from shell import run

OTHER = "192.168.14.1"

pytestmark = pytest.mark.needs("netns", "ip", "nft", "ping", "arping")


def _echoes(netns: str) -> int:
    """Return how many echo requests the IP stack of a namespace ever took."""
    names, values = re.findall(
        r"^Icmp: (.*)$", run("ip", "netns", "exec", netns, "cat", "/proc/net/snmp"), re.MULTILINE
    )
    return int(dict(zip(names.split(), values.split(), strict=True))["InEchos"])


@pytest.fixture(params=[("none", True), ("auto", False)], ids=["none", "auto"])
def attacked(request: pytest.FixtureRequest, make_site: Callable[..., Site]) -> tuple[str, bool]:
    """A lab that is up, and whether its host is open to its guests."""
    isolation, is_open = request.param
    site = make_site(isolation)
    up(site)
    run("ip", "-n", f"lab.{site.name}.vm1", "route", "add", f"{OTHER}/32", "dev", "eth0")
    return site.name, is_open


def test_arp_for_the_other_address_is_answered_only_by_an_open_host(attacked: tuple[str, bool]) -> None:
    """Linux answers ARP for any local address on any interface."""
    name, is_open = attacked
    done = visit(name, "vm1", "arping", "-c1", "-w1", "-I", "eth0", OTHER)
    assert (done.returncode == 0) == is_open, done.stdout


@pytest.mark.parametrize("mac", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "bridge"])
def test_echo_to_the_other_address_is_taken_only_by_an_open_host(attacked: tuple[str, bool], mac: str) -> None:
    """A static neighbour entry with the right, the broadcast or a multicast MAC brings the packet to the host."""
    name, is_open = attacked
    hv1, vm1 = (f"lab.{name}.{node}" for node in ("hv1", "vm1"))
    if mac == "bridge":
        mac = run("ip", "netns", "exec", hv1, "cat", f"/sys/class/net/{name}-dmz/address").strip()
    run("ip", "-n", vm1, "neigh", "replace", OTHER, "lladdr", mac, "dev", "eth0")
    before = _echoes(hv1)
    visit(name, "vm1", "ping", "-c3", "-i0.2", "-W1", OTHER)
    assert (_echoes(hv1) - before == 3) == is_open
    assert is_open or _echoes(hv1) == before


def test_host_hears_a_broadcast_only_if_it_is_open(attacked: tuple[str, bool]) -> None:
    """A UDP socket on the host gets what a guest broadcasts, or nothing."""
    name, is_open = attacked
    listen = (
        "import socket; s=socket.socket(2,2); s.bind(('',9999)); s.settimeout(2); print('bound',flush=True); s.recv(99)"
    )
    send = "import socket; s=socket.socket(2,2); s.setsockopt(1,6,1); s.sendto(b'x',('255.255.255.255',9999))"
    hears = subprocess.Popen(
        ["ip", "netns", "exec", f"lab.{name}.hv1", "python3", "-c", listen],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with hears:
        assert hears.stdout is not None
        hears.stdout.readline()
        assert visit(name, "vm1", "python3", "-c", send).returncode == 0
        assert (hears.wait() == 0) == is_open


def test_guests_reach_each_other_and_the_router_either_way(attacked: tuple[str, bool]) -> None:
    """Isolation of the host takes nothing from the segment."""
    name, _ = attacked
    for to in ("198.51.100.12", "198.51.100.254", "2001:db8:51::12", "2001:db8:51::fe"):
        assert visit(name, "vm1", "ping", "-c1", "-w5", to).returncode == 0, to
