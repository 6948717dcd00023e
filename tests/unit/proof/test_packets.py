"""Packets of policy against layouts and checksums worked out elsewhere."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from netproof.proof import packets
from netproof.proof.token import REPLY, Marks
from unit.proof.test_frames import V4, V6, folded, pseudo

ENDS = pytest.mark.parametrize("ends", [V4, V6], ids=["ipv4", "ipv6"])


def inside(packet: bytes) -> bytes:
    """Return what is behind the IP header."""
    return packet[20 if packet[0] >> 4 == 4 else 40 :]


def summed(ends: tuple, protocol: int, message: bytes) -> int:
    """Add up a message and its pseudo header."""
    return folded(pseudo(ends[0].packed, ends[1].packed, protocol, len(message)) + message + bytes(len(message) % 2))


@ENDS
@pytest.mark.parametrize("flags", [packets.SYN, packets.SYN | packets.ACK, packets.ACK])
def test_tcp_has_its_ports_flags_signature_and_checksum(ends: tuple, flags: int) -> None:
    """RFC 9293: the header is as long as it says, with the option of RFC 2385 in it."""
    segment = inside(packets.tcp(ends, (1000, 2000), flags, b"odd"))
    assert struct.unpack("!HH", segment[:4]) == (1000, 2000)
    assert (segment[12] >> 4) * 4 == 40 and segment[13] == flags
    assert segment[20:22] == b"\x13\x12" and segment[40:] == b"odd"
    assert summed(ends, 6, segment) == 0xFFFF
    assert (struct.unpack("!I", segment[8:12])[0] != 0) == bool(flags & packets.ACK)


@ENDS
def test_answer_acknowledges_just_what_came_with_the_first_segment(ends: tuple) -> None:
    """A mark has 20 octets, and SYN counts for one."""
    first = inside(packets.tcp(ends, (1, 2), packets.SYN, Marks().encode(1, 1)))
    answer = inside(packets.tcp(ends, (2, 1), packets.SYN | packets.ACK, b""))
    sequence, acknowledged = struct.unpack("!I", first[4:8])[0], struct.unpack("!I", answer[8:12])[0]
    assert acknowledged == sequence + 1 + len(first) - 40


@ENDS
def test_udp_has_both_its_ports(ends: tuple) -> None:
    """RFC 768, with a right checksum."""
    datagram = inside(packets.udp(ends, (1000, 2000), b"odd"))
    assert struct.unpack("!HHH", datagram[:6]) == (1000, 2000, 11)
    assert summed(ends, 17, datagram) == 0xFFFF


def test_sctp_has_the_checksum_of_its_rfc() -> None:
    """CRC-32C of "123456789" is e3069283 (RFC 3720, appendix B.4 uses the same)."""
    assert packets._crc32c(b"123456789") == 0xE3069283
    packet = inside(packets.sctp(V4, (1000, 2000), b"token"))
    assert struct.unpack("<I", packet[8:12])[0] == packets._crc32c(packet[:8] + bytes(4) + packet[12:])


@ENDS
def test_error_quotes_the_packet_that_it_is_about(ends: tuple) -> None:
    """RFC 792 and RFC 4443: eight octets, then the packet from its IP header on."""
    asked = packets.udp(ends, (1, 2), b"token")
    message = inside(packets.unreachable((ends[1], ends[0]), asked))
    assert message[:2] == (b"\x03\x03" if ends is V4 else b"\x01\x04") and message[8:] == asked
    assert (folded(message + bytes(len(message) % 2)) if ends is V4 else summed(ends[::-1], 58, message)) == 0xFFFF


@ENDS
def test_fragments_make_the_packet_again(ends: tuple) -> None:
    """Both bear the number; the first says more is to come, the second where it belongs."""
    whole = packets.udp(ends, (1, 2), bytes(range(64)))
    first, second = packets.fragments(whole, 32, 0x12345678)
    head = 0 if ends is V4 else 8
    assert inside(first)[head:] + inside(second)[head:] == inside(whole)
    if ends is V4:
        assert [struct.unpack("!HH", f[4:8]) for f in (first, second)] == [(0x5678, 0x2000), (0x5678, 4)]
        assert folded(first[:20]) == folded(second[:20]) == 0xFFFF
        assert [len(f) for f in (first, second)] == [struct.unpack("!H", f[2:4])[0] for f in (first, second)]
    else:
        assert [struct.unpack("!BBHI", f[40:48]) for f in (first, second)] == [
            (17, 0, 1, 0x12345678),
            (17, 0, 32, 0x12345678),
        ]
        assert [len(f) - 40 for f in (first, second)] == [struct.unpack("!H", f[4:6])[0] for f in (first, second)]


def test_number_is_that_of_the_run_the_name_and_the_copy() -> None:
    """Another in each, and the same for a copy and the reply to it, whatever the flight."""
    run, other = Marks(), Marks()
    number = packets.number_of("flow", run.encode(7, 2))
    assert number == packets.number_of("flow", run.encode(8, 2)) == packets.number_of("flow", run.encode(7, 2 | REPLY))
    others = (("flow", other.encode(7, 2)), ("flow2", run.encode(7, 2)), ("flow", run.encode(7, 3)))
    assert number not in {packets.number_of(name, token) for name, token in others}
    assert packets.number_of("flow", b"") == packets.number_of("flow", b"")


def test_family_is_that_of_the_ends() -> None:
    """Both families in one way of writing."""
    assert packets.echo((ip_address("fe80::1"), ip_address("fe80::2")), 7, b"")[0] >> 4 == 6
