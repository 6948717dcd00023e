"""Frames against bytes and checksums worked out elsewhere."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from netproof.proof import discovery, frames, token

MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"
V4 = (ip_address("192.0.2.1"), ip_address("192.0.2.2"))
V6 = (ip_address("2001:db8::1"), ip_address("2001:db8::2"))


def folded(data: bytes) -> int:
    """Add up 16-bit words, carries folded: 0xffff over data whose checksum is right."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def pseudo(src: bytes, dst: bytes, protocol: int, length: int) -> bytes:
    """Write the pseudo header in the layout of RFC 768 or RFC 8200."""
    return (
        src
        + dst
        + (struct.pack("!BBH", 0, protocol, length) if len(src) == 4 else struct.pack("!IHBB", length, 0, 0, protocol))
    )


def test_checksum_is_that_of_the_rfc_example() -> None:
    """RFC 1071, section 3: the sum of its octets is ddf2."""
    assert frames.checksum(bytes.fromhex("0001f203f4f5f6f7")) == (0xFFFF - 0xDDF2).to_bytes(2, "big")


@pytest.mark.parametrize(("data", "expected"), [("", "ffff"), ("0000", "ffff"), ("ffff", "0000"), ("01", "feff")])
def test_checksum_of_nothing_of_ones_and_of_an_odd_octet_is_right(data: str, expected: str) -> None:
    """Only zeros add up to zero: words that carry round to it are written 0xffff before they are inverted."""
    assert frames.checksum(bytes.fromhex(data)).hex() == expected


@pytest.mark.parametrize("ends", [V4, V6])
def test_udp_has_right_lengths_and_checksums(ends: tuple) -> None:
    """A stack takes the datagram: IP and UDP lengths and checksums are right in both families."""
    packet = frames.udp(*ends, 4000, b"odd")
    head = 20 if ends[0].version == 4 else 40
    datagram = packet[head:]
    assert struct.unpack("!HHH", datagram[:6]) == (4000, 4000, 11)
    padded = datagram + b"\0" * (len(datagram) % 2)
    assert folded(pseudo(ends[0].packed, ends[1].packed, 17, len(datagram)) + padded) == 0xFFFF
    if head == 20:
        assert folded(packet[:20]) == 0xFFFF
        assert packet[2:4] == len(packet).to_bytes(2, "big")
    else:
        assert packet[4:6] == len(datagram).to_bytes(2, "big")


@pytest.mark.parametrize(("ends", "kinds"), [(V4, (8, 0)), (V6, (128, 129))])
def test_echo_is_a_request_or_a_reply(ends: tuple, kinds: tuple[int, int]) -> None:
    """The type is that of the family, the checksum right."""
    for reply, kind in zip((False, True), kinds, strict=True):
        message = frames.echo_message(*ends, b"x" * 20, reply=reply)
        assert message[0] == kind
        cover = pseudo(ends[0].packed, ends[1].packed, 58, len(message)) if ends is V6 else b""
        assert folded(cover + message) == 0xFFFF


def test_arp_request_is_wire_exact() -> None:
    """RFC 826, field by field, the trailer behind it."""
    wire = frames.arp(1, (MAC, V4[0]), (OTHER, V4[1]), b"tail")
    assert wire.hex(" ", 2) == "0001 0800 0604 0001 0200 0000 0001 c000 0201 0200 0000 0002 c000 0202 7461 696c"


def test_advertisement_is_the_plainest_there_is() -> None:
    """RFC 4861: hop limit 255, override set, one option; the token only colours the flow label, differently each."""
    packet = discovery.bare(V6, discovery.advertisement(V6[0], MAC), b"t" * 20)
    assert packet[7] == 255
    message = packet[40:]
    assert message[:2] == b"\x88\0" and message[4:8].hex() == "20000000"
    assert message[24:] == b"\x02\x01" + bytes.fromhex(MAC.replace(":", ""))
    assert folded(pseudo(V6[0].packed, V6[1].packed, 58, len(message)) + message) == 0xFFFF
    other = discovery.bare(V6, discovery.advertisement(V6[0], MAC), b"u" * 20)
    assert (other[:4] == packet[:4], other[4:] == packet[4:]) == (False, True)


@pytest.mark.parametrize(
    ("group", "mac"), [("224.129.2.3", "01:00:5e:01:02:03"), ("ff02::1:ff00:2", "33:33:ff:00:00:02")]
)
def test_multicast_mac_is_mapped(group: str, mac: str) -> None:
    """RFC 1112 takes the low 23 bits, RFC 2464 the low 32."""
    assert frames.multicast_mac(ip_address(group)) == mac


def test_frame_is_never_shorter_than_ethernet_allows() -> None:
    """Sixty octets without the checksum."""
    assert len(frames.ethernet(MAC, OTHER, frames.ARP, b"")) == 60


def test_token_is_found_wherever_it_stands_and_only_in_its_own_run() -> None:
    """A token survives headers before it; another run's, or half a one, is none."""
    run, other = token.Marks(), token.Marks()
    wire = b"header" + run.encode(7, 3) + b"padding"
    assert run.find(wire) == (7, 3)
    assert other.find(wire) is None
    assert run.find(wire[:20]) is None
