"""Fragments that overlap (RFC 1858, RFC 5722): what a filter read in the first, the second would write over.

No stack of Linux puts such together, whatever is before it: so they are no class of the proof.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from netproof.kernel.netns import entered
from netproof.proof import frames, packets
from netproof.values.address import Address
from shell import run

pytestmark = pytest.mark.needs("netns", "ip")

PORT, CUT, EARLIER = 46339, 48, 40
ENDS: dict[str, tuple[Address, Address]] = {
    "ipv4": (ip_address("192.0.2.1"), ip_address("192.0.2.2")),
    "ipv6": (ip_address("2001:db8::1"), ip_address("2001:db8::2")),
}
MACS = "02:00:00:00:00:01", "02:00:00:00:00:02"


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_fragments_that_overlap_are_not_put_together(make_netns: Callable[[str], str], family: str) -> None:
    """The same datagram arrives in two fragments that meet; in two that have 8 octets in common it does not."""
    sender, host = make_netns("sender"), make_netns("host")
    peer = ("peer", "name", "eth0", "address", MACS[1], "netns", host)
    run("ip", "-n", sender, "link", "add", "eth0", "address", MACS[0], "type", "veth", *peer)
    for netns, own in ((sender, ENDS[family][0]), (host, ENDS[family][1])):
        nodad = ("nodad",) if family == "ipv6" else ()
        run("ip", "-n", netns, "address", "add", f"{own}/{64 if nodad else 24}", "dev", "eth0", *nodad)
        run("ip", "-n", netns, "link", "set", "eth0", "up")
    with entered(host):
        ear = socket.socket(socket.AF_INET6 if family == "ipv6" else socket.AF_INET, socket.SOCK_DGRAM)
    with entered(sender):
        mouth = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with ear, mouth:
        ear.bind(("", PORT))
        ear.settimeout(0.5)
        mouth.bind(("eth0", 0))
        head = frames.header(MACS[1], MACS[0], frames.IPV6 if family == "ipv6" else frames.IPV4)
        for number, (said, second) in enumerate({b"overlapping": EARLIER, b"meeting": CUT}.items(), 1):
            whole = packets.udp(ENDS[family], (PORT, PORT), said.ljust(100, b"."))
            mouth.send(head + packets.fragments(whole, CUT, number)[0])
            mouth.send(head + packets.fragments(whole, second, number)[1])
        assert ear.recv(2048).rstrip(b".") == b"meeting"
        with pytest.raises(TimeoutError):
            ear.recv(2048)
