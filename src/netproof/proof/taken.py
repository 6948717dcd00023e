"""Whether somebody bears an address already: asked as a host asks before it takes one (RFC 5227, RFC 4862)."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import cast

from netproof.proof import frames
from netproof.proof.discovery import solicitation
from netproof.proof.ears import wire_ear
from netproof.proof.parties import Spot
from netproof.proof.vantage import Vantage
from netproof.values.address import Address

_ASKED, _PATIENCE = 3, 0.3
"""How often is asked, as in RFC 5227, for a question may be lost and a port may have to wait for its link; and for how
many seconds each time: whoever is on the segment answers in less than one thousandth of them."""
_ICMPV6 = 58
_ICMPV6_NEXT, _ADVERTISEMENT = b"\x3a", b"\x88"
_GROUPS = int(IPv6Address("ff02::1:ff00:0"))
_NOBODY = "00:00:00:00:00:00"


@dataclass(slots=True)
class _Asker:
    """Who asks for `addresses` by the frames of its own `mac`."""

    sock: socket.socket
    mac: str
    addresses: tuple[Address, ...]

    def ask(self) -> None:
        """Ask for each once. Raises OSError."""
        for address in self.addresses:
            self.sock.send(_question(self.mac, address))

    def answer(self) -> Address | None:
        """Take in a frame; return which of the addresses somebody else says in it to bear. Raises OSError."""
        frame = self.sock.recv(65535)
        said = _says(frame) if frame[6:12] != frames.mac_bytes(self.mac) else b""
        return next((address for address in self.addresses if address.packed == said), None)


def taken(ifname: str, asked: Iterable[tuple[Vantage, Iterable[Address]]]) -> Address | None:
    """Return an address that somebody on the Ethernet of `ifname` at its vantage says to bear; None if nobody does.

    All are asked for together. Raises OSError and NetproofError as the vantages do.
    """
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        askers = []
        for vantage, addresses in asked:
            with vantage.enter():
                sock = stack.enter_context(wire_ear(Spot(vantage.node, ifname)).sock)
            askers.append(_Asker(sock, vantage.mac(ifname), tuple(addresses)))
            selector.register(sock, selectors.EVENT_READ, askers[-1])
        for _ in range(_ASKED):
            for asker in askers:
                asker.ask()
            if found := _answer(selector):
                return found
    return None


def _answer(selector: selectors.BaseSelector) -> Address | None:
    deadline = time.monotonic() + _PATIENCE
    while (rest := deadline - time.monotonic()) > 0:
        for key, _ in selector.select(rest):
            if found := key.data.answer():
                return cast(Address, found)
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
