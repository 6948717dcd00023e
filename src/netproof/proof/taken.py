"""Whether somebody bears an address already: asked as a host asks before it takes one (RFC 5227, RFC 4862)."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from netproof.proof import frames
from netproof.proof.discovery import solicitation
from netproof.proof.ears import wire_ear
from netproof.proof.parties import Spot
from netproof.proof.vantage import Vantage
from netproof.values.address import Address

PATIENCE = 0.3
"""Seconds that an answer is waited for: whoever is on the segment answers in less than one thousandth of them."""
_ICMPV6 = 58
_ICMPV6_NEXT, _ADVERTISEMENT = b"\x3a", b"\x88"
_GROUPS = int(IPv6Address("ff02::1:ff00:0"))
_NOBODY = "00:00:00:00:00:00"


def taken(vantage: Vantage, ifname: str, addresses: Iterable[Address]) -> Address | None:
    """Return one of `addresses` that somebody on the Ethernet of `ifname` says to bear; None if nobody does.

    Raises OSError and NetproofError as the vantage does.
    """
    mac, asked = vantage.mac(ifname), tuple(addresses)
    with vantage.enter():
        sock = wire_ear(Spot(vantage.node, ifname)).sock
    with sock:
        for address in asked:
            sock.send(_question(mac, address))
        deadline = time.monotonic() + PATIENCE
        while (rest := deadline - time.monotonic()) > 0:
            if select.select([sock], [], [], rest)[0]:
                frame = sock.recv(65535)
                for address in asked:
                    if frame[6:12] != frames.mac_bytes(mac) and _says(frame) == address.packed:
                        return address
    return None


def _question(mac: str, address: Address) -> bytes:
    if address.version == 4:
        said = frames.arp(frames.ARP_REQUEST, (mac, IPv4Address(0)), (_NOBODY, address))
        return frames.ethernet(frames.BROADCAST_MAC, mac, frames.ARP, said)
    group = IPv6Address(_GROUPS | (int(address) & 0xFFFFFF))
    ends = IPv6Address(0), group
    packet = frames.ip(*ends, _ICMPV6, frames.icmpv6_message(*ends, solicitation(address)), hops=255)
    return frames.ethernet(frames.multicast_mac(group), mac, frames.IPV6, packet)


def _says(frame: bytes) -> bytes:
    """Return whom the sender of an ARP message or a neighbour advertisement says to be."""
    if frame[12:14] == b"\x08\x06":
        return frame[28:32]
    if frame[12:14] == b"\x86\xdd" and frame[20:21] == _ICMPV6_NEXT and frame[54:55] == _ADVERTISEMENT:
        return frame[62:78]
    return b""
