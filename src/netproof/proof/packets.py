"""Packets of TCP, UDP, SCTP and ICMP with ports and numbers of their own, whole and in fragments, byte by byte.

Pure functions. A payload may be anything: tokens ride in it, in the first segment of TCP as well.
"""

from __future__ import annotations

import struct
import zlib

from netproof.proof.frames import FRAGMENT, Ends, checksum, icmpv6_message, ip, pseudo_header
from netproof.values.address import Address

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
Ports = tuple[int, int]
"""Source and destination."""
MARK_AT = {6: 40, 17: 8, 132: 48}
"""How many octets behind the IP header what we send of TCP, UDP and SCTP bears its payload."""
_ICMP, _TCP, _UDP, _ICMPV6, _SCTP = 1, 6, 17, 58, 132
_MORE_OF_IPV4, _MORE_OF_IPV6 = 0x2000, 1
"""What the first fragment says in place of its offset: more to come."""
_SEQUENCE = 0x6E700000
"""Where whoever starts begins to count."""
RECORD_ROUTE = b"\x07\x07\x04" + bytes(5)
"""An option of IPv4 (RFC 791): room for one address, and the end of the list."""
_SIGNATURE = b"\x13\x12" + bytes(16) + b"\x01\x01"
_MARKED = 20
"""Octets of payload that the other side has been sent."""


def tcp(ends: Ends, ports: Ports, flags: int, payload: bytes, *, said: int = 0) -> bytes:
    """Return a TCP segment that no IP stack answers; one with ACK acknowledges the 20 octets sent with our SYN.

    `said`: the sequence number is so many octets further than that of the SYN.

    It bears a signature (RFC 2385) that nobody expects. Linux then says nothing, at open and closed ports alike: an RST
    of its own would end in a filter the connection that is tried there. Where no signatures are known, see `hush`.
    """
    ack = _SEQUENCE + 1 + _MARKED if flags & ACK else 0
    head = struct.pack("!HHIIBBHHH", *ports, _SEQUENCE + said, ack, 10 << 4, flags, 0xFFFF, 0, 0)
    bare = head + _SIGNATURE + payload
    total = checksum(pseudo_header(*ends, _TCP, len(bare)) + bare)
    return ip(*ends, _TCP, bare[:16] + total + bare[18:])


def udp(ends: Ends, ports: Ports, payload: bytes) -> bytes:
    """Return a UDP datagram."""
    bare = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    total = checksum(pseudo_header(*ends, _UDP, len(bare)) + bare)
    return ip(*ends, _UDP, bare[:6] + (total if any(total) else b"\xff\xff") + bare[8:])


def sctp(ends: Ends, ports: Ports, payload: bytes) -> bytes:
    """Return an SCTP packet that wants an association: its INIT chunk, then DATA that no stack will read."""
    init = struct.pack("!BBHIIHHI", 1, 0, 20, _SEQUENCE, 0xFFFF, 1, 1, _SEQUENCE)
    data = struct.pack("!BBHIHHI", 0, 3, 16 + len(payload), _SEQUENCE, 0, 0, 0) + payload
    head, chunks = struct.pack("!HHI", *ports, 0), init + data
    return ip(*ends, _SCTP, head + struct.pack("<I", _crc32c(head + bytes(4) + chunks)) + chunks)


def echo(ends: Ends, number: int, payload: bytes, *, reply: bool = False) -> bytes:
    """Return an ICMP echo request with the identifier `number`, or the reply to it."""
    if ends[1].version == 6:
        bare = struct.pack("!BBHHH", 129 if reply else 128, 0, 0, number, 1) + payload
        return ip(*ends, _ICMPV6, icmpv6_message(*ends, bare))
    bare = struct.pack("!BBHHH", 0 if reply else 8, 0, 0, number, 1) + payload
    return ip(*ends, _ICMP, bare[:2] + checksum(bare) + bare[4:])


def unreachable(ends: Ends, quoted: bytes) -> bytes:
    """Return the ICMP error "port unreachable" about the packet `quoted`."""
    if ends[1].version == 6:
        return ip(*ends, _ICMPV6, icmpv6_message(*ends, struct.pack("!BBHI", 1, 4, 0, 0) + quoted))
    bare = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
    return ip(*ends, _ICMP, bare[:2] + checksum(bare) + bare[4:])


def redirect(ends: Ends, via: Address, quoted: bytes) -> bytes:
    """Return an ICMP redirect (RFC 792, type 5, for a host): what is for where `quoted` goes should go to `via`."""
    bare = struct.pack("!BBH", 5, 1, 0) + via.packed + quoted
    return ip(*ends, _ICMP, bare[:2] + checksum(bare) + bare[4:])


def with_options(packet: bytes, options: bytes) -> bytes:
    """Return an IPv4 packet that had no options with `options`, a multiple of 4 octets."""
    words, length = 5 + len(options) // 4, len(packet) + len(options)
    head = struct.pack("!BBH", 4 << 4 | words, packet[1], length) + packet[4:10] + bytes(2) + packet[12:20] + options
    return head[:10] + checksum(head) + head[12:] + packet[20:]


def fragments(packet: bytes, octets: int, number: int) -> tuple[bytes, bytes]:
    """Return `packet` in two fragments, the first with `octets` of its payload, a multiple of 8.

    `number` is the identification by which a receiver knows that they belong together.
    """
    cut = (40 if packet[0] >> 4 == 6 else 20) + octets
    piece = _piece_of_ipv6 if packet[0] >> 4 == 6 else _piece_of_ipv4
    return piece(packet, packet[cut - octets : cut], 0, number), piece(packet, packet[cut:], octets, number)


def _piece_of_ipv6(packet: bytes, piece: bytes, offset: int, number: int) -> bytes:
    fragment = struct.pack("!BBHI", packet[6], 0, offset or _MORE_OF_IPV6, number)
    return packet[:4] + struct.pack("!HB", 8 + len(piece), FRAGMENT) + packet[7:40] + fragment + piece


def _piece_of_ipv4(packet: bytes, piece: bytes, offset: int, number: int) -> bytes:
    lengths = struct.pack("!HHH", 20 + len(piece), number & 0xFFFF, offset // 8 or _MORE_OF_IPV4)
    head = packet[:2] + lengths + packet[8:10] + bytes(2) + packet[12:20]
    return head[:10] + checksum(head) + head[12:] + piece


def number_of(said: str, token: bytes) -> int:
    """Return a number for what `said` names: another in each run and for each copy, the same for what goes with it.

    `token` is a mark as `token.Marks` writes it, or the mark of the answer to it; an empty one will do.
    """
    return zlib.crc32(token[:12] + said.encode()) + (token[16] & 0x7F if token else 0)


def _crc32c(data: bytes) -> int:
    """Return the checksum of SCTP (RFC 9260, appendix A)."""
    crc = 0xFFFFFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
