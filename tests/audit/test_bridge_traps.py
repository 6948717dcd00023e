"""Traps of bridges themselves, by packets: open on the sick host, closed by the shown command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.driver import HERE, found, inside, mend, set_up
from audit.packets import FIRST, arping, broadcast, frames, guests, ping, send
from shell import eventually, run

pytestmark = pytest.mark.needs("netns", "bridge", "nft", "ping", "arping")

Make = Callable[[str], str]


def test_guest_reaches_the_host_through_a_bridge_without_address(make_netns: Make) -> None:
    """By ARP for another link's address, and by the bridge's own link-local address."""
    host, guest = set_up(HERE / "bridge_to_host" / "sick.sh", make_netns)
    run("ip", "-n", guest, "link", "set", "guest0", "up")
    run("ip", "-n", guest, "addr", "add", "192.0.2.9/24", "dev", "guest0")
    run("ip", "-n", guest, "addr", "add", "fe80::9/64", "dev", "guest0", "nodad")
    bridge = inside(host, "ip", "-6", "-o", "addr", "show", "dev", "br0").stdout.split("inet6 ")[1].split("/")[0]

    def reached() -> tuple[bool, bool]:
        return arping(guest, "guest0", "192.0.2.1"), ping(guest, f"{bridge}%guest0")

    assert eventually(lambda: reached() == (True, True))
    mend(host, found(host, "bridge_to_host"))
    assert reached() == (False, False)


def test_link_made_upon_the_bridge_goes_on_after_the_bridge_is_closed(make_netns: Make) -> None:
    """The command that mends must not cut off the address by which an administrator may have come."""
    host, guest = set_up(HERE / "bridge_to_host" / "sick_link_upon_it.sh", make_netns)
    run("ip", "-n", guest, "link", "set", "guest0", "up")
    run("ip", "-n", guest, "addr", "add", "198.51.100.9/24", "dev", "guest0")
    run("ip", "-n", guest, "addr", "add", "192.0.2.9/24", "dev", "guest0")
    assert eventually(lambda: ping(guest, "198.51.100.1") and arping(guest, "guest0", "192.0.2.1"))
    mend(host, found(host, "bridge_to_host"))
    run("ip", "-n", guest, "neigh", "flush", "dev", "guest0")  # the bridge answered for it too, and may have been first
    assert ping(guest, "198.51.100.1")
    assert not arping(guest, "guest0", "192.0.2.1")


def test_permanent_entry_takes_a_guest_off_the_bridge(make_netns: Make) -> None:
    """What is for it ends at the host."""
    scene = set_up(HERE / "fdb_permanent" / "sick.sh", make_netns)
    _, second = guests(scene, make_netns)
    assert not ping(second, "192.0.2.11")
    mend(scene.host, found(scene.host, "fdb_permanent"))
    assert eventually(lambda: ping(second, "192.0.2.11"))


def test_static_entry_moves_to_whoever_sends_one_frame(make_netns: Make) -> None:
    """The guest whose MAC it is hears nothing more until it sends itself."""
    scene = set_up(HERE / "fdb_static" / "sick.sh", make_netns)
    _, second = guests(scene, make_netns)

    def stolen() -> bool:
        send(second, "guest1", broadcast(FIRST))
        table = run("bridge", "-n", scene.host, "fdb", "show", "br", "br0").splitlines()
        return any(line.startswith(f"{FIRST} dev port1") for line in table)

    assert eventually(stolen)
    run("bridge", "-n", scene.host, "fdb", "replace", FIRST, "dev", "port0", "master", "static")
    mend(scene.host, found(scene.host, "fdb_static"))
    assert not stolen()


def test_rules_for_routed_traffic_part_the_guests_of_one_bridge(make_netns: Make) -> None:
    """A policy of drop at IP's forward hook."""
    scene = set_up(HERE / "bridge_netfilter" / "sick.sh", make_netns)
    _, second = guests(scene, make_netns)
    assert not ping(second, "192.0.2.11")
    mend(scene.host, found(scene.host, "bridge_netfilter"))
    assert eventually(lambda: ping(second, "192.0.2.11"))


def test_promiscuous_bridge_hands_the_host_what_its_guests_say_to_each_other(make_netns: Make) -> None:
    """Each frame of a ping between them."""
    scene = set_up(HERE / "promiscuous" / "sick.sh", make_netns)
    _, second = guests(scene, make_netns)

    def overheard() -> int:
        before = frames(scene.host, "br0")
        assert inside(second, "ping", "-c20", "-i0.01", "192.0.2.11").returncode == 0
        return frames(scene.host, "br0") - before

    assert eventually(lambda: ping(second, "192.0.2.11"))
    assert overheard() >= 30
    mend(scene.host, found(scene.host, "promiscuous"))
    assert overheard() < 20
