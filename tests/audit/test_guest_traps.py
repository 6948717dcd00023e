"""Traps among the guests of bridges, by packets: open on the sick host, closed by the shown command."""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable, Iterator

import pytest

from audit.driver import found, inside, mend
from audit.packets import FIRST, arping, broadcast, ping, send
from netproof.kernel.netns import entered, in_thread
from shell import eventually, run

pytestmark = pytest.mark.needs("netns", "bridge", "nft", "ping", "arping")

Make = Callable[[str], str]


def bridge(make_netns: Make, *settings: str) -> str:
    """Make a host with the bridge br0."""
    host = make_netns("host")
    inside(host, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0")
    run("ip", "-n", host, "link", "add", "br0", *settings, "type", "bridge")
    run("ip", "-n", host, "link", "set", "br0", "up")
    return host


def plug(host: str, guest: str, port: str, *addresses: str, into: str = "br0", mac: str = "") -> None:
    """Plug a guest's eth0 into a bridge."""
    given = ("address", mac) if mac else ()
    run("ip", "-n", host, "link", "add", port, "type", "veth", "peer", "name", "eth0", *given, "netns", guest)
    run("ip", "-n", host, "link", "set", port, "master", into, "up")
    run("ip", "-n", guest, "link", "set", "eth0", "up")
    for address in addresses:
        run("ip", "-n", guest, "addr", "add", address, "dev", "eth0")


@pytest.fixture
def couple(make_netns: Make) -> Iterator[tuple[str, str, str]]:
    """A host with a bridge and two guests on it, 192.0.2.11 and .12."""
    host, one, two = bridge(make_netns), make_netns("one"), make_netns("two")
    plug(host, one, "port1", "192.0.2.11/24", mac=FIRST)
    plug(host, two, "port2", "192.0.2.12/24")
    yield host, one, two


def test_container_takes_its_neighbours_address(couple: tuple[str, str, str], make_netns: Make) -> None:
    """Whoever asks for it is answered by the thief; afterwards by nobody. The thief's own address goes on working."""
    host, thief, victim = couple
    other = make_netns("other")
    plug(host, other, "port3", "192.0.2.13/24")
    inside(thief, "sh", "-c", "sleep 20 >/dev/null 2>&1 &")
    findings = [finding for finding in found(host, "guest_may_spoof") if finding.where == "port1"]
    run("ip", "-n", victim, "link", "set", "eth0", "down")
    run("ip", "-n", thief, "addr", "add", "192.0.2.12/24", "dev", "eth0")
    assert arping(other, "eth0", "192.0.2.12")
    mend(host, findings)
    assert not arping(other, "eth0", "192.0.2.12")
    assert ping(other, "192.0.2.11")


def test_dead_container_still_answers(couple: tuple[str, str, str]) -> None:
    """Nobody lives there, and its address is taken."""
    host, _, two = couple
    inside(two, "sh", "-c", "sleep 20 >/dev/null 2>&1 &")
    assert ping(two, "192.0.2.11")
    (stale,) = found(host, "stale_veth")
    assert stale.where == "port1"
    mend(host, [stale])
    assert not ping(two, "192.0.2.11")


def test_of_two_with_one_mac_who_sent_last_hears_all(couple: tuple[str, str, str], make_netns: Make) -> None:
    """A neighbour that knows both reaches one of them."""
    host, _, two = couple
    third = make_netns("third")
    plug(host, third, "port3", "192.0.2.13/24")
    run("ip", "-n", two, "link", "set", "eth0", "address", FIRST)
    run("ip", "-n", third, "neigh", "add", "192.0.2.11", "lladdr", FIRST, "dev", "eth0")

    def stolen() -> bool:
        send(two, "eth0", broadcast(FIRST))
        return not ping(third, "192.0.2.11")

    assert eventually(stolen)
    findings = found(host, "duplicate_mac")
    mend(host, findings)
    (link,) = json.loads(run("ip", "-n", two, "-j", "link", "show", "dev", "eth0"))
    assert link["address"] != FIRST
    assert eventually(lambda: ping(two, "192.0.2.11") and ping(third, "192.0.2.11"))


def test_gateway_has_another_mac_when_a_guest_comes(make_netns: Make) -> None:
    """Until it was set to what it is."""
    host = bridge(make_netns)
    run("ip", "-n", host, "addr", "add", "192.0.2.1/24", "dev", "br0")

    def mac() -> str:
        return str(json.loads(run("ip", "-n", host, "-j", "link", "show", "dev", "br0"))[0]["address"])

    def grown(port: str, address: str) -> tuple[str, str]:
        before = mac()
        run("ip", "-n", host, "link", "add", port, "address", address, "type", "veth", "peer", "name", f"{port}-far")
        run("ip", "-n", host, "link", "set", port, "master", "br0")
        return before, mac()

    grown("port1", "02:00:00:00:00:09")
    before, after = grown("port2", "02:00:00:00:00:08")
    assert before != after
    mend(host, found(host, "bridge_mac_follows"))
    before, after = grown("port3", "02:00:00:00:00:07")
    assert before == after


def test_who_set_a_mac_is_seen_from_within_too(make_netns: Make) -> None:
    """Where /sys is of the audited namespace already, as it is on a host."""
    host = bridge(make_netns)
    run("ip", "-n", host, "addr", "add", "192.0.2.1/24", "dev", "br0")
    told = json.loads(inside(host, sys.executable, "-m", "netproof", "audit", "--format", "json").stdout)
    assert "bridge-mac-follows/br0" in {finding["id"] for finding in told["findings"]}
    assert "bridge-mac-follows" not in told["not_run"]


def test_guest_becomes_the_hosts_router(couple: tuple[str, str, str]) -> None:
    """By one router advertisement."""
    host, guest, _ = couple
    run("ip", "-n", guest, "addr", "add", "fe80::11/64", "dev", "eth0", "nodad")
    inside(host, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=0", "net.ipv6.conf.br0.accept_ra=1")

    def advertise() -> None:
        def work() -> None:
            with entered(guest), socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as out:
                out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
                body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 600, 0, 0)
                out.sendto(body, ("ff02::1", 0, 0, socket.if_nametoindex("eth0")))

        in_thread(work)

    def routed() -> bool:
        advertise()
        return "proto ra" in inside(host, "ip", "-6", "route", "show", "default").stdout

    assert eventually(routed, within=8)
    mend(host, found(host, "bridge_accepts_ra"))
    inside(host, "ip", "-6", "route", "flush", "proto", "ra")
    assert not eventually(routed, within=1)


def test_private_guests_meet_through_their_gateway(couple: tuple[str, str, str]) -> None:
    """By a route of the guest's own making."""
    host, one, two = couple
    run("ip", "-n", host, "addr", "add", "192.0.2.1/24", "dev", "br0")
    inside(host, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0")
    inside(host, "sysctl", "-qw", "net.ipv4.conf.br0.send_redirects=0")
    for port in ("port1", "port2"):
        run("bridge", "-n", host, "link", "set", "dev", port, "isolated", "on")
    assert not ping(one, "192.0.2.12")
    for guest, other in ((one, "192.0.2.12"), (two, "192.0.2.11")):
        run("ip", "-n", guest, "route", "add", f"{other}/32", "via", "192.0.2.1")
    assert ping(one, "192.0.2.12")
    mend(host, found(host, "private_hairpin"))
    assert not ping(one, "192.0.2.12")
    assert ping(one, "192.0.2.1")


def test_private_guests_meet_over_vxlan(make_netns: Make) -> None:
    """They are on two hosts, each on a private port."""
    hosts = [bridge(make_netns), bridge(make_netns)]
    guests = [make_netns("one"), make_netns("two")]
    run("ip", "-n", hosts[0], "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", hosts[1])
    for number, (host, guest) in enumerate(zip(hosts, guests, strict=True), 1):
        run("ip", "-n", host, "addr", "add", f"198.51.100.{number}/24", "dev", "eth0")
        run("ip", "-n", host, "link", "set", "eth0", "up")
        there = ("local", f"198.51.100.{number}", "remote", f"198.51.100.{3 - number}", "dstport", "4789")
        run("ip", "-n", host, "link", "add", "vx0", "type", "vxlan", "id", "7", *there)
        run("ip", "-n", host, "link", "set", "vx0", "master", "br0", "up")
        plug(host, guest, "port1", f"192.0.2.1{number}/24")
        run("bridge", "-n", host, "link", "set", "dev", "port1", "isolated", "on")
    assert eventually(lambda: ping(guests[0], "192.0.2.12"))
    mend(hosts[0], found(hosts[0], "private_over_vxlan"))
    assert not ping(guests[0], "192.0.2.12")
