"""Messages of neighbour discovery (RFC 4861), and how one is sent around a mark: each body stands here once.

Pure functions. A body is the ICMPv6 message with no checksum yet.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from netproof.proof.frames import (
    HOP_BY_HOP,
    OPTIONS,
    ROUTING,
    Ends,
    behind,
    first_fragment,
    icmpv6_message,
    ip,
    mac_bytes,
)
from netproof.values.address import Address

Packet = Callable[[bytes], bytes]
"""Write a packet around a mark."""
_ICMPV6, _NONCE, _OCTETS = 58, 14, 22
_SOURCE_MAC, _TARGET_MAC = 1, 2
_OVERRIDE = 0x20000000
_NEAR = 255
"""The hop limit without which every stack ignores such a message: that of a neighbour."""


def router_solicitation(*macs: str) -> bytes:
    """Return a router solicitation (type 133) whose sender says to be at `macs`, each in an option of its own."""
    return struct.pack("!BBHI", 133, 0, 0, 0) + _lladdrs(_SOURCE_MAC, macs)


def router_advertisement() -> bytes:
    """Return a router advertisement (type 134) that changes nothing: lifetime 0, nothing specified, no option."""
    return struct.pack("!BBHIII", 134, 0, 0, 0, 0, 0)


def solicitation(target: Address, *macs: str) -> bytes:
    """Return a neighbour solicitation (type 135) for `target`; its sender says to be at `macs`."""
    return struct.pack("!BBHI", 135, 0, 0, 0) + target.packed + _lladdrs(_SOURCE_MAC, macs)


def advertisement(target: Address, *macs: str) -> bytes:
    """Return an overriding neighbour advertisement (type 136) that `target` is at `macs`."""
    return struct.pack("!BBHI", 136, 0, 0, _OVERRIDE) + target.packed + _lladdrs(_TARGET_MAC, macs)


def redirect(via: Address, destination: Address, *macs: str) -> bytes:
    """Return a redirect (type 137): what is for `destination` should go to `via`, which is at `macs`."""
    return struct.pack("!BBHI", 137, 0, 0, 0) + via.packed + destination.packed + _lladdrs(_TARGET_MAC, macs)


def _lladdrs(kind: int, macs: tuple[str, ...]) -> bytes:
    return b"".join(bytes((kind, 1)) + mac_bytes(mac) for mac in macs)


def bare(ends: Ends, body: bytes, token: bytes) -> bytes:
    """Return a message with no more in it than it says.

    With anything more a guard may drop it for its looks, and the lie in it would never be tried. So it has no room
    for `token`, which only chooses its flow label.
    """
    label = zlib.crc32(token) & 0xFFFFF
    return ip(*ends, _ICMPV6, icmpv6_message(*ends, body), hops=_NEAR, label=label)


def marked(ends: Ends, body: bytes, token: bytes) -> bytes:
    """Return a message with its mark in an option that stacks pass over (RFC 3971, nonce)."""
    option = bytes((_NONCE, (2 + _OCTETS) // 8)) + token.ljust(_OCTETS, b"\0")
    return ip(*ends, _ICMPV6, icmpv6_message(*ends, body + option), hops=_NEAR)


def disguised(said: str, plain: Packet) -> dict[str, Packet]:
    """Return the packet `plain` in disguise, by what is said of it, past filters that read fixed places (RFC 7113).

    Behind options; in a fragment that ends before it tells what it is, or of whom.
    """
    optional = _behind(plain, OPTIONS)
    return {
        f"{said}, behind options": optional,
        f"{said}, behind hop-by-hop options": _behind(plain, HOP_BY_HOP),
        f"{said}, cut after its type": _cut(plain, 8),
        f"{said}, behind options, cut after its type": _cut(optional, 16),
        f"{said}, cut before it, after options": _cut(optional, 8),
        f"{said}, cut before it, after a route": _cut(_behind(plain, ROUTING), 8),
    }


def _behind(plain: Packet, header: int) -> Packet:
    return lambda token: behind(plain(token), header)


def _cut(plain: Packet, octets: int) -> Packet:
    return lambda token: first_fragment(plain(token), octets)
