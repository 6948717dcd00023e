"""Traps of firewalls, by packets: open on the sick host, closed by the shown command."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable

import pytest

from audit.driver import HERE, Scene, found, inside, mend, set_up
from audit.packets import ping
from audit.test_guest_traps import bridge, plug
from netproof.kernel.netns import entered, in_thread
from shell import run

pytestmark = pytest.mark.needs("netns", "bridge", "nft", "ping")

Make = Callable[[str], str]


def _neighbour(scene: Scene, make_netns: Make, address: str = "192.0.2.2") -> str:
    """Join the host, 192.0.2.1, to a machine with another address."""
    other = scene.other or make_netns("other")
    run("ip", "-n", scene.host, "link", "add", "nb0", "type", "veth", "peer", "name", "nb0", "netns", other)
    for netns, own in ((scene.host, "192.0.2.1"), (other, address)):
        run("ip", "-n", netns, "addr", "add", f"{own}/24", "dev", "nb0")
        run("ip", "-n", netns, "link", "set", "nb0", "up")
    return other


def _connects(netns: str, address: str, port: int) -> bool:
    """Say whether somebody takes a connection, within half a second."""

    def work() -> bool:
        with entered(netns), socket.socket() as sock:
            sock.settimeout(0.5)
            return sock.connect_ex((address, port)) == 0

    return in_thread(work)


def test_rule_behind_a_wider_one_stops_nobody(make_netns: Make) -> None:
    """Its address is blocked, and comes in."""
    scene = set_up(HERE / "nft_shadowed" / "sick.sh", make_netns)
    blocked = _neighbour(scene, make_netns, "192.0.2.7")

    def refused() -> bool:
        """A refusal is an answer of the host: who is blocked gets none."""

        def work() -> bool:
            with entered(blocked), socket.socket() as sock:
                sock.settimeout(0.5)
                try:
                    sock.connect(("192.0.2.1", 22))
                except ConnectionRefusedError:
                    return True
                except TimeoutError:
                    return False
                return False

        return in_thread(work)

    assert refused()
    mend(scene.host, found(scene.host, "nft_shadowed"))
    assert not refused()
    assert ping(blocked, "192.0.2.1")


def test_port_that_one_table_opens_is_closed_by_another(make_netns: Make) -> None:
    """Until the other accepts it as well."""
    scene = set_up(HERE / "nft_overridden" / "sick.sh", make_netns)
    other = _neighbour(scene, make_netns)
    inside(scene.host, "sh", "-c", f"{_LISTENER} >/dev/null 2>&1")
    assert not _connects(other, "192.0.2.1", 8080)
    mend(scene.host, found(scene.host, "nft_overridden"))
    assert _connects(other, "192.0.2.1", 8080)


_LISTENER = """/usr/bin/python3 -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)'"""


def test_old_tables_drop_what_no_ruleset_shows(make_netns: Make) -> None:
    """A ping, although nothing in nftables forbids it."""
    scene = set_up(HERE / "legacy_beside_nft" / "sick.sh", make_netns)
    other = _neighbour(scene, make_netns)
    assert "icmp" not in inside(scene.host, "nft", "list", "ruleset").stdout
    assert not ping(other, "192.0.2.1")
    assert found(scene.host, "legacy_beside_nft")


def test_guest_reaches_a_service_of_its_host(make_netns: Make) -> None:
    """One that listens on all addresses; others on the host go on reaching it."""
    host, guest = bridge(make_netns), make_netns("guest")
    plug(host, guest, "port1", "192.0.2.11/24")
    run("ip", "-n", host, "addr", "add", "192.0.2.1/24", "dev", "br0")
    inside(host, "sh", "-c", f"{_LISTENER} >/dev/null 2>&1")
    assert _connects(guest, "192.0.2.1", 8080)
    mend(host, found(host, "host_services"))
    assert not _connects(guest, "192.0.2.1", 8080)
    assert _connects(host, "192.0.2.1", 8080)
    assert ping(guest, "192.0.2.1")


def test_flow_of_one_network_opens_another(make_netns: Make) -> None:
    """Two networks with the same addresses; in the first one may ask, in the second nobody may."""
    host = bridge(make_netns)
    run("ip", "-n", host, "link", "add", "br1", "type", "bridge")
    run("ip", "-n", host, "link", "set", "br1", "up")
    inside(host, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1")
    guests = {}
    for network in (0, 1):
        for number in (1, 2):
            guests[network, number] = make_netns(f"g{network}{number}")
            plug(host, guests[network, number], f"p{network}{number}", f"192.0.2.{number}/24", into=f"br{network}")
    rules = "ct state established accept; iifname br0 ip saddr 192.0.2.1 udp dport 7 accept; ip protocol udp drop"
    table = "add table inet t; add chain inet t c { type filter hook forward priority 0; }; "
    inside(host, "nft", table + "; ".join(f"add rule inet t c {rule}" for rule in rules.split("; ")))

    def hears(netns: str, sender: str, source: tuple[str, int], to: tuple[str, int]) -> bool:
        """Say whether a datagram arrives."""

        def work() -> bool:
            with entered(netns):
                ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with entered(sender):
                mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with ear, mouth:
                ear.bind(to)
                ear.settimeout(0.5)
                mouth.bind(source)
                mouth.sendto(b"x", to)
                try:
                    return bool(ear.recv(1))
                except TimeoutError:
                    return False

        return in_thread(work)

    def forth_and_elsewhere_back() -> tuple[bool, bool]:
        asker, asked = ("192.0.2.1", 4000), ("192.0.2.2", 7)
        forth = hears(guests[0, 2], guests[0, 1], asker, asked)
        return forth, hears(guests[1, 1], guests[1, 2], asked, asker)

    assert forth_and_elsewhere_back() == (True, True)
    mend(host, found(host, "ct_zones"))
    assert forth_and_elsewhere_back() == (True, False)


def test_mended_program_has_a_stack_of_data(make_netns: Make) -> None:
    """What was started by the marked file has an executable stack; by the file in its place it has none."""
    scene = set_up(HERE / "executable_stack" / "sick.sh", make_netns)
    (finding,) = found(scene.host, "executable_stack")
    asks = re.search(r"; (\S+) asks for it", finding.evidence)
    assert asks

    def stack() -> str:
        told = subprocess.run([asks[1], "-c", "print(open('/proc/self/maps').read())"], capture_output=True, check=True)
        return next(line for line in told.stdout.decode().splitlines() if line.endswith("[stack]")).split()[1]

    assert stack() == "rwxp"
    mend(scene.host, [finding])
    assert stack() == "rw-p"
