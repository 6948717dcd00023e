"""Nothing is routed between a bridge and another link of the host; what is bridged is left alone.

::

    guest g1 ────── p1 ┐
                       ├ b0 ── host, forwarding ── n1 ────── s1 station
    victim v1 ───── p2 ┘                    192.168.14.1     192.168.14.3
"""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from guard.frames import IP4, V4, ether, ip4
from guard.scene import Scene, settled
from netproof.kernel.netns import entered
from netproof.routing.forwarding import barrier
from shell import run

pytestmark = pytest.mark.needs("netns", "nft")

STATION, VICTIM = "192.168.14.3", "198.51.100.12"
ETH_P_ALL = 3


@dataclass
class Router:
    """The host of a scene that forwards, and a station behind it."""

    scene: Scene
    station: socket.socket
    guest: socket.socket
    victim: socket.socket

    def macs(self) -> dict[str, str]:
        links = json.loads(run("ip", "-n", self.scene.host, "-j", "link"))
        return {link["ifname"]: link["address"] for link in links}

    def gets_out(self) -> bool:
        """Say whether a guest's packet reaches the station."""
        self.guest.send(ether(ip4(dst=STATION), V4, self.macs()["b0"]))
        return received(self.station, ip4(dst=STATION)[12:20])

    def gets_in(self) -> bool:
        """Say whether a station's packet reaches the victim."""
        self.station.send(ether(ip4(STATION, VICTIM), V4, self.macs()["n1"]))
        return received(self.victim, ip4(STATION, VICTIM)[12:20])


def received(where: socket.socket, addresses: bytes) -> bool:
    while select.select([where], [], [], 0.2)[0]:
        if where.recv(2048)[26:34] == addresses:
            return True
    return False


@pytest.fixture
def router(make_netns: Callable[[str], str]) -> Iterator[Router]:
    """A host that routes between its bridge and a station."""
    scene, station = Scene(make_netns), make_netns("station")
    host = ("ip", "-n", scene.host)
    run(*host, "link", "add", "n1", "index", "103", "type", "veth", "peer", "name", "s1", "netns", station)
    run("ip", "-n", station, "link", "set", "s1", "up")
    run(*host, "link", "set", "n1", "up")
    run(*host, "address", "add", "192.168.14.1/24", "dev", "n1")
    run(*host, "route", "add", "198.51.100.0/24", "dev", "b0")
    neighbours = ((STATION, "n1", station, "s1"), (VICTIM, "b0", scene.victim, "v1"))
    for address, ifname, netns, peer in neighbours:
        [link] = json.loads(run("ip", "-n", netns, "-j", "link", "show", peer))
        run(*host, "neighbour", "add", address, "lladdr", link["address"], "dev", ifname)
    scene.sysctl(scene.host, "net/ipv4/ip_forward", "1")
    made = Router(scene, *(tap(*at) for at in ((station, "s1"), (scene.guest, "g1"), (scene.victim, "v1"))))
    assert settled(made.gets_out)
    yield made
    for one in (made.station, made.guest, made.victim):
        one.close()
    scene.close()


def tap(netns: str, ifname: str) -> socket.socket:
    with entered(netns):
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    made.bind((ifname, ETH_P_ALL))
    return made


def test_router_without_barrier_forwards_both_ways(router: Router) -> None:
    """The packets of this test pass a host that forwards: what the barrier stops, it stopped."""
    assert router.gets_out()
    assert router.gets_in()


@pytest.mark.parametrize("rule", [0, 1])
def test_barrier_needs_both_its_rules(router: Router, rule: int) -> None:
    """One rule holds what would leave the segment, the other what would enter it."""
    [chain] = barrier("try", ["b0"])
    router.scene.load(chain)
    assert not router.gets_out()
    assert not router.gets_in()
    router.scene.nft(f"flush chain inet {chain.table} {chain.name}")
    router.scene.nft(f"add rule inet {chain.table} {chain.name} {chain.rules[rule]}")
    assert (router.gets_out(), router.gets_in()) == ((False, True) if rule == 0 else (True, False))


def test_barrier_leaves_bridged_frames_alone_with_br_netfilter(router: Router) -> None:
    """With bridge-nf-call-iptables members still reach each other: the bridge is their input and output link."""
    router.scene.sysctl(router.scene.host, "net/bridge/bridge-nf-call-iptables", "1")
    router.scene.load(*barrier("try", ["b0"]))
    router.guest.send(ether(ip4(IP4, VICTIM), V4))
    assert received(router.victim, ip4(IP4, VICTIM)[12:20])


def test_barrier_reads_back_as_it_was_written(router: Router) -> None:
    """nft prints the chain as it is spelled."""
    [chain] = barrier("try", ["b1", "b0"])
    router.scene.load(chain)
    listed = router.scene.nft(f"list chain inet {chain.table} {chain.name}").splitlines()
    assert [line.strip() for line in listed[2:-2]] == [chain.hook, *chain.rules]
