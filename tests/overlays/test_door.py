"""The door of a VXLAN device, loaded in a kernel: forged packets go to it, whole and in pieces.

::

    far (a VTEP, and a stranger) ── e1 ── e0 ── host: vx (VNI 100, behind the door), other (VNI 200, nobody's business)

What comes out of a device is heard at the device itself. The control of every packet that is refused is the same
packet without the door.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from struct import pack, unpack

import pytest

from netproof.kernel import libnftables
from netproof.kernel.netns import entered
from netproof.overlays.door import door
from netproof.overlays.strategy import OverlayContext
from netproof.values.address import Address
from shell import run

HOST_MAC, FAR_MAC = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
VTEP, STRANGER = "vtep", "stranger"
HERE, ELSEWHERE = "here", "elsewhere"
ADDRESSES = {
    "ipv4": {HERE: "203.0.113.1", ELSEWHERE: "203.0.113.9", VTEP: "203.0.113.2", STRANGER: "203.0.113.66"},
    "ipv6": {HERE: "2001:db8::1", ELSEWHERE: "2001:db8::9", VTEP: "2001:db8::2", STRANGER: "2001:db8::66"},
}
LENGTH = {"ipv4": 24, "ipv6": 64}
UDP, FRAGMENT = 17, 44
WHOLE, VNI_HIDDEN, VNI_SHOWN = 0, 8, 16
"""Bytes of UDP in the first fragment: the header alone, or the VXLAN header with it."""


@dataclass(frozen=True)
class Forged:
    """A VXLAN packet: who claims to have sent it to which address of the host, for which VNI, in how many pieces."""

    source: str
    to: str = HERE
    vni: int = 100
    first: int = WHOLE


def packets(family: str, forged: Forged, inner: bytes) -> list[bytes]:
    """Return the IP packets that carry `inner`."""
    source, to = (ip_address(ADDRESSES[family][end]) for end in (forged.source, forged.to))
    datagram = pack("!HHHH", 40000, 4789, 16 + len(inner), 0) + pack("!II", 0x08000000, forged.vni << 8) + inner
    datagram = datagram[:6] + checksum(source, to, datagram) + datagram[8:]
    pieces = [datagram] if forged.first == WHOLE else [datagram[: forged.first], datagram[forged.first :]]
    ip = ipv4 if family == "ipv4" else ipv6
    return [ip(source, to, piece, i * forged.first, len(pieces) - 1 - i) for i, piece in enumerate(pieces)]


def checksum(source: Address, to: Address, datagram: bytes) -> bytes:
    data = source.packed + to.packed + pack("!IHH", len(datagram), 0, UDP) + datagram
    words = unpack(f"!{len(data) // 2}H", data[: len(data) // 2 * 2])
    return pack("!H", 0xFFFF - (sum(words) + (data[-1] << 8) * (len(data) % 2)) % 0xFFFF)


def ipv4(source: Address, to: Address, piece: bytes, offset: int, more: int) -> bytes:
    addresses = source.packed + to.packed
    words = (0x4500, 20 + len(piece), 7, more << 13 | offset // 8, 64 << 8 | UDP, *unpack("!4H", addresses))
    return pack("!6H", *words[:5], 0xFFFF - sum(words) % 0xFFFF) + addresses + piece


def ipv6(source: Address, to: Address, piece: bytes, offset: int, more: int) -> bytes:
    in_pieces = bool(offset or more)
    body = pack("!BBHI", UDP, 0, offset | more, 7) + piece if in_pieces else piece
    return pack("!IHBB", 6 << 28, len(body), FRAGMENT if in_pieces else UDP, 64) + source.packed + to.packed + body


class Scene:
    """The two namespaces, with a socket at each VXLAN device and one to send with."""

    def __init__(self, family: str, make_netns: Callable[[str], str]) -> None:
        self.family, self.host, self.far = family, make_netns("host"), make_netns("far")
        run("ip", "-n", self.host, "link", "add", "e0", "address", HOST_MAC, "mtu", "1600", "type", "veth",
            "peer", "name", "e1", "address", FAR_MAC, "mtu", "1600", "netns", self.far)  # fmt: skip
        run("ip", "-n", self.far, "link", "set", "e1", "up")
        run("ip", "-n", self.host, "link", "set", "e0", "up")
        for end in (HERE, ELSEWHERE):
            address = f"{ADDRESSES[family][end]}/{LENGTH[family]}"
            run("ip", "-n", self.host, "addr", "add", address, "dev", "e0", *(["nodad"] if family == "ipv6" else []))
        for name, vni in (("vx", "100"), ("other", "200")):
            run("ip", "-n", self.host, "link", "add", name, "type", "vxlan", "id", vni, "dstport", "4789",
                "local", ADDRESSES[family][HERE], "udp6zerocsumrx")  # fmt: skip
            run("ip", "-n", self.host, "link", "set", name, "up")
        with entered(self.host):
            self.ears = {name: self._ear(name) for name in ("vx", "other")}
        with entered(self.far):
            self.out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.out.bind(("e1", 0))
        self.serial = 0

    def _ear(self, name: str) -> socket.socket:
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
        ear.bind((name, 0x88B5))
        return ear

    def shut(self) -> None:
        """Load the door, as the compiler would."""
        here, far = (ip_address(ADDRESSES[self.family][end]) for end in (HERE, VTEP))
        chain = door(OverlayContext("s", "a", 100, 4789, "vx", HOST_MAC, "b", 1550, "e0", here, (far,), ()))
        body = "\n".join((chain.hook, *chain.rules))
        with entered(self.host):
            libnftables.run(f"table {chain.family} {chain.table} {{\nchain {chain.name} {{\n{body}\n}}\n}}\n")
        listed = run("ip", "netns", "exec", self.host, "nft", "-s", "list", "ruleset").splitlines()
        assert [line.strip() for line in listed[2:-2]] == [chain.hook, *chain.rules]

    def arrives(self, forged: Forged) -> bool:
        """Send a packet; say whether the frame in it came out of the device of its VNI."""
        self.serial += 1
        inner = b"\xff" * 6 + bytes.fromhex("020000000099") + b"\x88\xb5" + pack("!I", self.serial) + b"\0" * 46
        kind = b"\x08\x00" if self.family == "ipv4" else b"\x86\xdd"
        ends = bytes.fromhex((HOST_MAC + FAR_MAC).replace(":", ""))
        for packet in packets(self.family, forged, inner):
            self.out.send(ends + kind + packet)
        return self._heard(self.ears["vx" if forged.vni == 100 else "other"], inner)

    def _heard(self, ear: socket.socket, inner: bytes) -> bool:
        until = time.monotonic() + 0.3
        while (left := until - time.monotonic()) > 0:
            if select.select([ear], [], [], left)[0] and ear.recv(2048) == inner:
                return True
        return False

    def close(self) -> None:
        for sock in (*self.ears.values(), self.out):
            sock.close()


@pytest.fixture(params=["ipv4", "ipv6"])
def scene(request: pytest.FixtureRequest, make_netns: Callable[[str], str]) -> Iterator[Scene]:
    """Host and far end, over either family."""
    made = Scene(request.param, make_netns)
    yield made
    made.close()


REFUSED = [
    Forged(STRANGER),
    Forged(STRANGER, first=VNI_HIDDEN),
    Forged(STRANGER, first=VNI_SHOWN),
    Forged(STRANGER, ELSEWHERE),
    Forged(VTEP, ELSEWHERE),
]
LET_IN = [Forged(VTEP), Forged(STRANGER, vni=200), Forged(STRANGER, ELSEWHERE, vni=200)]


@pytest.mark.needs("netns", "ip", "nft")
def test_door_lets_in_vteps_and_nobody_else(scene: Scene) -> None:
    """Every packet arrives while the door is open; once it is shut, only a VTEP's do, and those of other VNIs."""
    assert [forged for forged in REFUSED + LET_IN if not scene.arrives(forged)] == []
    scene.shut()
    assert [forged for forged in REFUSED if scene.arrives(forged)] == []
    assert [forged for forged in LET_IN if not scene.arrives(forged)] == []
