"""What an ear at an interface hears."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from netproof.kernel.netns import entered
from netproof.proof import frames, packets
from netproof.proof.ears import packet_socket, transport_ear, wire_ear
from netproof.proof.packets import MARK_AT
from netproof.proof.parties import Spot
from netproof.proof.token import Marks
from shell import run

pytestmark = pytest.mark.needs("netns", "ip")
MAC = "02:00:00:00:00:01"


def test_ear_hears_departures_only_while_it_minds_them(make_netns: Callable[[str], str]) -> None:
    """What leaves is heard, and told from what comes in, unless it is said not to matter."""
    netns = make_netns("ear")
    run("ip", "-n", netns, "link", "add", "d0", "type", "veth", "peer", "name", "d1")
    for end in ("d1", "d0"):
        run("ip", "-n", netns, "link", "set", end, "up")
    with entered(netns):
        ear, mouth = wire_ear(Spot("vm1", "d0")), packet_socket("d0")
    heard = []
    with ear.sock, mouth:
        for minded in (True, False, True):
            ear.mind_departures(minded)
            frame = frames.ethernet(MAC, MAC, frames.EXPERIMENTAL, b"mine")
            mouth.send(frame)
            heard.append([outgoing for packet, outgoing, _ in ear.hear() if packet == frame])
    assert heard == [[True], [], [True]]


def test_ear_hears_every_frame_whole_and_in_order(make_netns: Callable[[str], str]) -> None:
    """More than it takes in at once, short ones among the longest; and once its link is down it is dead."""
    netns = make_netns("many")
    run("ip", "-n", netns, "link", "add", "d0", "type", "veth", "peer", "name", "d1")
    for end in ("d1", "d0"):
        run("ip", "-n", netns, "link", "set", end, "up", "mtu", "65000")
    with entered(netns):
        ear, mouth = wire_ear(Spot("vm1", "d0")), packet_socket("d1")
    said = [
        frames.ethernet(MAC, MAC, frames.EXPERIMENTAL, bytes([n]) * (64999 if n % 9 == 0 else 99)) for n in range(99)
    ]
    with ear.sock, mouth:
        ear.hear()
        for frame in said:
            mouth.send(frame)
        heard = [packet for packet, _, _ in ear.hear() if packet[12:14] == b"\x88\xb5"]
        assert not ear.dead
        run("ip", "-n", netns, "link", "set", "d0", "down")
        ear.hear()
    assert heard == said
    assert ear.dead and ear.silence() == "vm1: listening at d0: Network is down"


WRITERS = {
    socket.IPPROTO_TCP: lambda ends, said: packets.tcp(ends, (1, 2), packets.SYN, said),
    socket.IPPROTO_UDP: lambda ends, said: packets.udp(ends, (1, 2), said),
    socket.IPPROTO_SCTP: lambda ends, said: packets.sctp(ends, (1, 2), said),
}


@pytest.mark.parametrize("protocol", MARK_AT)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_ear_behind_a_stack_hears_marked_packets_and_no_others(
    make_netns: Callable[[str], str], address: str, protocol: int
) -> None:
    """At any port, in either family; what the host hears beside does not fill the ear."""
    netns, mark, local = make_netns("stack"), Marks().encode(1, 0), ip_address(address)
    run("ip", "-n", netns, "link", "set", "lo", "up")
    family, head = (socket.AF_INET6, 40) if local.version == 6 else (socket.AF_INET, 20)
    with entered(netns):
        ear, mouth = (
            transport_ear(Spot("hv1", "stack"), family, protocol),
            socket.socket(family, socket.SOCK_RAW, protocol),
        )
    with ear.sock, mouth:
        for said in (b"just some other traffic", mark):
            mouth.sendto(WRITERS[protocol]((local, local), said)[head:], (address, 0))
        select.select([ear.sock], [], [], 1)
        [(packet, _, link)] = ear.hear()
    assert packet.endswith(mark)
    assert link == "lo"
