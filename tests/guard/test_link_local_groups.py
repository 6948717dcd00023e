"""What an isolated segment's port lets through to link-local groups: what is an uplink's business, and no IP.

::

    guest g1 ────── p1 ┐
                       ├ b0, closed ── the host's IP stack: 192.0.2.1 on lo, no address on a port
    router v1 ───── p2 ┘
"""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Iterator
from dataclasses import replace
from struct import pack

import pytest

from guard.frames import AD, ARP, UDP, V4, V6, Q, arp, ether, ip4_packet, ip6, udp
from guard.scene import ALL, Scene, chains_of
from netproof.isolation.choice import methods
from netproof.isolation.link_local_groups import no_ip_in_link_local_groups
from netproof.isolation.method import BridgeContext
from netproof.kernel.netns import entered
from netproof.state.filters import NftChain
from shell import run

pytestmark = pytest.mark.needs("netns", "nft")

HOST, L4_PORT = "192.0.2.1", 4001
LLDP, SLOW, EAPOL = 0x88CC, 0x8809, 0x888E
TAGS = {
    "": (),
    " in VID 0": ((Q, 0),),
    " in VID 0 of a provider": ((AD, 0),),
    " in VID 0 twice": ((Q, 0), (Q, 0)),
    " in VID 0 of a provider twice": ((AD, 0), (AD, 0)),
    " in VID 0 three times": ((AD, 0), (Q, 0), (Q, 0)),
    " in VID 5": ((Q, 5),),
}
BUSINESS = {"LLDP": (0x0E, LLDP), "LACP": (0x02, SLOW), "802.1X": (0x03, EAPOL)}
PORTS = ("p1", "p2")


def group(last: int) -> str:
    return f"01:80:c2:00:00:{last:02x}"


def udp4(text: str) -> bytes:
    return ip4_packet(pack("!HHHH", L4_PORT, L4_PORT, 8 + len(text), 0) + text.encode(), "198.51.100.11", HOST)


IP = {
    f"{name}{told}": ether(payload, kind, group(0x0E), tags=tags)
    for name, kind, payload in (("IPv4", V4, udp4("")), ("ARP", ARP, arp()), ("IPv6", V6, ip6(udp(), nexthdr=UDP)))
    for told, tags in TAGS.items()
}
UDP_TO_HOST = {
    f"{last:02x}{told}": ether(udp4(f"{last:02x}{told}"), V4, group(last), tags=tags)
    for last in range(2, 16)
    for told, tags in TAGS.items()
}
PASSING = {name: ether(name.encode().ljust(46, b"\0"), kind, group(last)) for name, (last, kind) in BUSINESS.items()}


class Ports:
    """The ports' host with a closed bridge, sockets for each protocol at its ports and one behind its IP stack."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        run("ip", "-n", scene.host, "address", "add", f"{HOST}/32", "dev", "lo")
        self.senders = {
            "p1": self._packet_socket(scene.guest, "g1", 0),
            "p2": self._packet_socket(scene.victim, "v1", 0),
        }
        self.at_ports = {
            port: [self._packet_socket(scene.host, port, kind) for kind in (V4, V6, ARP, LLDP, SLOW, EAPOL)]
            for port in self.senders
        }
        with entered(scene.host):
            self.stack = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.stack.bind(("", L4_PORT))

    def close(self) -> None:
        for one in (*self.senders.values(), *(s for some in self.at_ports.values() for s in some), self.stack):
            one.close()

    def load(self, *chains: NftChain) -> None:
        """Close the bridge, and put `chains` beside it."""
        closed = methods()["ingress"].objects(BridgeContext("try", "dmz", "b0", tuple(self.senders)))
        self.scene.load(*(chain for chain in closed if isinstance(chain, NftChain)), *chains)

    def heard(self, port: str, frames: dict[str, bytes]) -> set[str]:
        """Send `frames` into `port` and name those that come out at sockets bound to their protocol there."""
        found = {name for name, frame in frames.items() if self._comes_out(port, frame)}
        assert self._comes_out(port, PASSING["LLDP"])  # it lives
        return found

    def taken(self, port: str, frames: dict[str, bytes]) -> set[str]:
        """Send `frames` into `port` and name those whose datagram comes out behind the host's IP stack."""
        found: set[str] = set()
        for frame in frames.values():
            self.senders[port].send(frame)
        while select.select([self.stack], [], [], 0.2)[0]:
            found.add(self.stack.recv(2048).decode())
        return found & frames.keys()

    def _comes_out(self, port: str, frame: bytes) -> bool:
        self.senders[port].send(frame)
        ready = select.select(self.at_ports[port], [], [], 0.05)[0]
        return bool([one.recv(2048) for one in ready])

    def _packet_socket(self, netns: str, ifname: str, protocol: int) -> socket.socket:
        with entered(netns):
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        made.bind((ifname, protocol))
        return made


@pytest.fixture
def ports(scene: Scene) -> Iterator[Ports]:
    """A bridge whose host hears nothing by it, and its two ports."""
    made = Ports(scene)
    yield made
    made.close()


def chain(port: str) -> NftChain:
    return no_ip_in_link_local_groups("try", port)


@pytest.mark.parametrize("port", PORTS)
def test_closed_bridge_alone_lets_ip_in_by_link_local_groups(ports: Ports, port: str) -> None:
    """Every frame of this test arrives at the port where only the bridge is closed, and IPv4 at the host's stack."""
    ports.load()
    assert ports.heard(port, IP | PASSING) == set(IP | PASSING)
    assert ports.taken(port, UDP_TO_HOST) == {name for name in UDP_TO_HOST if "VID 5" not in name}


@pytest.mark.parametrize("port", PORTS)
def test_port_passes_no_ip_in_link_local_groups_and_all_else(ports: Ports, port: str) -> None:
    """Whatever the group and however tagged; LLDP, LACP and 802.1X still reach their daemons."""
    ports.load(chain(port))
    assert ports.heard(port, IP | PASSING) == set(PASSING)
    assert ports.taken(port, UDP_TO_HOST) == set()


def test_guard_without_its_link_local_item_passes_ip_there_but_for_the_chain(ports: Ports) -> None:
    """A guest whose guard lets these groups go is held by the segment's isolation."""
    plain = {name: frame for name, frame in UDP_TO_HOST.items() if " in " not in name}
    guard = chains_of(ALL - {"linklocal"})
    ports.load(*guard)
    assert ports.taken("p1", plain) == set(plain)
    ports.load(*guard, chain("p1"))
    assert ports.taken("p1", plain) == set()


def test_every_protocol_that_the_rule_names_is_needed(ports: Ports) -> None:
    """Without any one of them something comes out that otherwise does not."""
    whole = chain("p2")
    [rule] = whole.rules
    words = re.search(r"\{ (.*) \}", rule)
    assert words
    named, idle = words[1].split(", "), []
    for word in named:
        fewer = rule.replace(words[1], ", ".join(w for w in named if w != word))
        ports.load(replace(whole, rules=(fewer,)))
        idle += [] if ports.heard("p2", IP) else [word]
    assert idle == []


def test_such_port_passes_every_other_frame_of_a_guest(scene: Scene) -> None:
    """Of all that guards are tried with, IP to these groups alone is stopped."""
    scene.load()
    passed_by_an_open_port = set(scene.passed())
    scene.load(chain("p1"))
    stopped = passed_by_an_open_port - set(scene.passed())
    assert stopped == {name for name in passed_by_an_open_port if name.startswith("ipv4 to link-local group")}
