"""What packets show of a trap: pings, counters of the kernel, forged VXLAN, guests on a bridge."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable

from audit.driver import Scene, inside
from netproof.kernel.netns import entered, in_thread
from shell import run

FIRST = "02:00:00:00:00:01"
"""The first guest's MAC."""


def ping(netns: str, *args: str) -> bool:
    """Say whether one of two pings is answered."""
    return inside(netns, "ping", "-c2", "-i0.1", "-W1", *args).returncode == 0


def arping(netns: str, ifname: str, address: str) -> bool:
    """Say whether somebody on a link answers for an address."""
    told = inside(netns, "arping", "-f", "-c2", "-w2", "-I", ifname, address).stdout
    return "Unicast reply" in told or "bytes from" in told


def counter(netns: str, file: str, protocol: str, name: str) -> int:
    """Return a counter of the kernel, of /proc/net/snmp or /proc/net/netstat."""
    told = inside(netns, "cat", f"/proc/net/{file}").stdout.splitlines()
    names, values = (line.split() for line in told if line.startswith(f"{protocol}:"))
    return int(values[names.index(name)])


def frames(netns: str, ifname: str, way: str = "rx") -> int:
    """Return how many frames a link has received or sent."""
    (told,) = json.loads(run("ip", "-n", netns, "-j", "-s", "link", "show", "dev", ifname))
    return int(told["stats64"][way]["packets"])


def send(netns: str, ifname: str, frame: bytes) -> None:
    """Send a frame as it is."""

    def work() -> None:
        with entered(netns), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
            out.bind((ifname, 0))
            out.send(frame)

    in_thread(work)


def broadcast(sender: str) -> bytes:
    """Return a broadcast frame of a sender, of an EtherType for experiments."""
    return b"\xff" * 6 + bytes.fromhex(sender.replace(":", "")) + b"\x88\xb5" + bytes(46)


def vxlan(netns: str, source: str, to: str, vni: int, frame: bytes) -> None:
    """Send a frame in VXLAN, from an address of a namespace that need be no VTEP."""

    def work() -> None:
        with entered(netns), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.bind((source, 0))
            out.sendto(struct.pack("!II", 0x08000000, vni << 8) + frame, (to, 4789))

    in_thread(work)


def guests(scene: Scene, make_netns: Callable[[str], str]) -> tuple[str, str]:
    """Make a guest of each of the bench's two ports, 192.0.2.11 and .12, each in a namespace; the first has `FIRST`."""
    one, two = scene.other, make_netns("second")
    run("ip", "-n", one, "link", "set", "guest1", "netns", two)
    run("ip", "-n", one, "link", "set", "guest0", "address", FIRST)
    for netns, ifname, address in ((one, "guest0", "192.0.2.11/24"), (two, "guest1", "192.0.2.12/24")):
        run("ip", "-n", netns, "addr", "add", address, "dev", ifname)
        run("ip", "-n", netns, "link", "set", ifname, "up")
    return one, two
