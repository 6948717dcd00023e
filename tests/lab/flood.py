"""A hostile guest: 10,000 frames a second into `eth0` of a namespace, from the moment it exists until SIGTERM.

Usage: flood.py NETNS OWN-MAC MAC-OF-VM2. Prints at the end how many frames the kernel took. The frames, in turn: an
echo to the host's other address by the broadcast MAC, UDP from nobody to everybody, an echo to vm2 from an address
that is another's, and one from a MAC that is.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import struct
import sys
import time

from netproof.errors import UsageError
from netproof.kernel.netns import entered

RATE = 10_000


class _Over(BaseException):
    pass


def _over(*_: object) -> None:
    raise _Over


def _sum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def _ip(protocol: int, source: str, to: str, payload: bytes) -> bytes:
    ends = socket.inet_aton(source) + socket.inet_aton(to)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0)
    return head[:10] + struct.pack("!H", _sum(head + ends)) + ends + payload


def _frame(to: str, source: str, packet: bytes) -> bytes:
    return bytes.fromhex((to + source).replace(":", "")) + b"\x08\x00" + packet


def _frames(own: str, vm2: str) -> list[bytes]:
    echo = struct.pack("!BBHHH", 8, 0, _sum(struct.pack("!BBHHH", 8, 0, 0, 1, 1)), 1, 1)
    udp = struct.pack("!HHHH", 9999, 9999, 8, 0)
    other, everybody = "02:00:00:00:00:bb", "ff:ff:ff:ff:ff:ff"
    return [
        _frame(everybody, own, _ip(1, "198.51.100.11", "192.168.14.1", echo)),
        _frame(everybody, own, _ip(17, "0.0.0.0", "255.255.255.255", udp)),  # noqa: S104 - a source, not a bind
        _frame(vm2, own, _ip(1, "198.51.100.99", "198.51.100.12", echo)),
        _frame(vm2, other, _ip(1, "198.51.100.11", "198.51.100.12", echo)),
    ]


def _flood(frames: list[bytes]) -> int:
    tried = sent = 0
    start = time.monotonic()
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        while True:
            while tried < (time.monotonic() - start) * RATE:
                tried += 1
                with contextlib.suppress(OSError):  # not there yet, down, gone, or full
                    sock.sendto(frames[tried % len(frames)], ("eth0", 0))
                    sent += 1
            time.sleep(0.001)
    except _Over:
        return sent


def main(netns: str, own: str, vm2: str) -> None:
    signal.signal(signal.SIGTERM, _over)
    print("ready", flush=True)
    try:
        while True:
            try:
                with entered(netns):
                    print(_flood(_frames(own, vm2)))
                    return
            except UsageError:
                time.sleep(0.001)
    except _Over:
        print(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
