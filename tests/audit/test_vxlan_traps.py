"""Traps of VXLAN, by packets: open on the sick host, closed by the shown command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.driver import HERE, Scene, found, inside, mend, set_up
from audit.packets import arping, broadcast, counter, frames, ping, vxlan
from shell import eventually, run

pytestmark = pytest.mark.needs("netns", "bridge", "nft", "ping", "arping")

Make = Callable[[str], str]


def _beside(scene: Scene, *tunnel: str) -> None:
    """Set up the other VTEP, 203.0.113.2, and a tunnel of its own, vx0 with 10.9.0.2."""
    run("ip", "-n", scene.other, "addr", "add", "203.0.113.2/24", "dev", "eth0")
    run("ip", "-n", scene.other, "link", "set", "eth0", "up")
    if tunnel:
        run("ip", "-n", scene.other, "link", "add", "vx0", "type", "vxlan", *tunnel)
        run("ip", "-n", scene.other, "addr", "add", "10.9.0.2/24", "dev", "vx0")
        run("ip", "-n", scene.other, "link", "set", "vx0", "up")


def test_host_is_reached_through_the_tunnel_that_it_carries(make_netns: Make) -> None:
    """Somebody in the overlay asks for the underlay's address, and is answered there."""
    scene = set_up(HERE / "vxlan_ip" / "sick.sh", make_netns)
    _beside(scene, "id", "9", "dstport", "4789", "local", "203.0.113.2", "remote", "203.0.113.1", "dev", "eth0")
    assert eventually(lambda: arping(scene.other, "vx0", "203.0.113.1"))
    mend(scene.host, found(scene.host, "vxlan_ip"))
    assert not arping(scene.other, "vx0", "203.0.113.1")


def test_device_on_the_old_port_is_not_heard(make_netns: Make) -> None:
    """The other end listens where RFC 7348 says."""
    scene = set_up(HERE / "vxlan_port" / "sick.sh", make_netns)
    _beside(scene, "id", "9", "dstport", "4789", "local", "203.0.113.2", "remote", "203.0.113.1", "dev", "eth0")
    run("ip", "-n", scene.host, "addr", "add", "10.9.0.1/24", "dev", "br0")
    run("ip", "-n", scene.host, "link", "set", "br0", "up")
    assert not ping(scene.host, "10.9.0.2")
    mend(scene.host, found(scene.host, "vxlan_port"))
    assert eventually(lambda: ping(scene.host, "10.9.0.2"))


def test_host_of_one_vni_receives_the_floods_of_the_other(make_netns: Make) -> None:
    """It has joined the group for its own."""
    scene = set_up(HERE / "vxlan_shared_group" / "sick.sh", make_netns)
    _beside(scene, "id", "9", "dstport", "4789", "group", "239.1.1.1", "dev", "eth0")
    run("ip", "-n", scene.host, "addr", "add", "10.9.0.1/24", "dev", "vx10")
    run("ip", "-n", scene.host, "link", "set", "vx10", "up")

    def flooded() -> int:
        before = counter(scene.other, "netstat", "IpExt", "InMcastPkts")
        inside(scene.host, "arping", "-c3", "-w3", "-I", "vx10", "10.9.0.77")
        return counter(scene.other, "netstat", "IpExt", "InMcastPkts") - before

    assert eventually(lambda: flooded() >= 3)
    mend(scene.host, found(scene.host, "vxlan_shared_group"))
    assert flooded() == 0


def test_frame_from_no_vtep_enters_the_segment(make_netns: Make) -> None:
    """From an address that no FDB entry names; frames of a VTEP go on to be taken."""
    scene = set_up(HERE / "vxlan_open" / "sick.sh", make_netns)
    _beside(scene)
    run("ip", "-n", scene.other, "addr", "add", "203.0.113.66/24", "dev", "eth0")

    def enters(source: str) -> bool:
        before = frames(scene.host, "vx9")
        vxlan(scene.other, source, "203.0.113.1", 9, broadcast("02:00:00:00:00:77"))
        return eventually(lambda: frames(scene.host, "vx9") > before, within=0.5)

    assert eventually(lambda: enters("203.0.113.66"))
    mend(scene.host, found(scene.host, "vxlan_open"))
    assert not enters("203.0.113.66")
    assert enters("203.0.113.2")


def test_frame_adds_an_entry_beside_those_of_the_control_plane(make_netns: Make) -> None:
    """Until the device does not learn any more."""
    scene = set_up(HERE / "vxlan_learning" / "sick.sh", make_netns)
    _beside(scene)
    run("ip", "-n", scene.host, "link", "set", "vx9", "up")

    def learned(mac: str) -> bool:
        vxlan(scene.other, "203.0.113.2", "203.0.113.1", 9, broadcast(mac))
        return mac in run("bridge", "-n", scene.host, "fdb", "show", "dev", "vx9")

    assert eventually(lambda: learned("02:00:00:00:00:77"))
    mend(scene.host, found(scene.host, "vxlan_learning"))
    before = frames(scene.host, "vx9")
    assert eventually(lambda: learned("02:00:00:00:00:78") or frames(scene.host, "vx9") > before)
    assert not learned("02:00:00:00:00:78")


def test_full_frame_is_fragmented_on_the_underlay(make_netns: Make) -> None:
    """With an MTU that fits, the host says so to who sends it instead."""
    scene = set_up(HERE / "vxlan_mtu" / "sick.sh", make_netns)
    run("ip", "-n", scene.host, "addr", "add", "10.9.0.1/24", "dev", "vx9")
    run("ip", "-n", scene.host, "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:02", "dev", "vx9")
    _beside(scene)

    def fragmented() -> bool:
        before = counter(scene.host, "snmp", "Ip", "FragCreates")
        inside(scene.host, "ping", "-c1", "-W1", "-M", "do", "-s", "1472", "10.9.0.2")
        return counter(scene.host, "snmp", "Ip", "FragCreates") > before

    assert eventually(fragmented)
    mend(scene.host, found(scene.host, "vxlan_mtu"))
    assert not fragmented()
