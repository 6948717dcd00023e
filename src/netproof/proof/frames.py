"""Frames, byte by byte: Ethernet with tags, ARP, IPv4, IPv6, ICMP and UDP.

Pure functions from addresses to bytes; checksums are right, so that only what a probe means to be wrong is wrong.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from ipaddress import IPv6Address

from netproof.values.address import Address

IPV4, ARP, IPV6, LLDP = 0x0800, 0x0806, 0x86DD, 0x88CC
EXPERIMENTAL = 0x88B5  # IEEE 802 local experimental ethertype
DOT1Q, DOT1AD = 0x8100, 0x88A8
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
BPDU_GROUP_MAC = "01:80:c2:00:00:00"
LLDP_GROUP_MAC = "01:80:c2:00:00:0e"
ARP_REQUEST, ARP_REPLY = 1, 2
ETHERNET, IEEE_802 = 1, 6
"""Hardware types of ARP."""
Ends = tuple[Address, Address]
"""Source and destination of a packet."""
ALL_NODES = IPv6Address("ff02::1")
HOP_BY_HOP, ROUTING, FRAGMENT, OPTIONS = 0, 43, 44, 60
"""Extension headers of IPv6 (RFC 8200); `OPTIONS` are those for the destination."""
_ICMP, _UDP, _ICMPV6 = 1, 17, 58
_LLC = b"\x42\x42\x03"
"""The service access points of spanning tree, and an unnumbered frame (IEEE 802.2)."""


@lru_cache(maxsize=4096)
def mac_bytes(mac: str) -> bytes:
    """Return the six octets of `mac`."""
    return bytes.fromhex(mac.replace(":", ""))


def multicast_mac(group: Address) -> str:
    """Return the group MAC that `group` maps to (RFC 1112, RFC 2464)."""
    packed = group.packed
    octets = (
        b"\x33\x33" + packed[-4:] if group.version == 6 else b"\x01\x00\x5e" + bytes((packed[1] & 0x7F,)) + packed[2:]
    )
    return octets.hex(":")


def ethernet(dst: str, src: str, ethertype: int, payload: bytes) -> bytes:
    """Return a frame of at least 60 octets."""
    return in_ethernet(header(dst, src, ethertype), payload)


def header(dst: str, src: str, ethertype: int) -> bytes:
    """Return the 14 octets that a frame begins with."""
    return mac_bytes(dst) + mac_bytes(src) + struct.pack("!H", ethertype)


def in_ethernet(head: bytes, payload: bytes) -> bytes:
    """Return a frame of at least 60 octets behind the header `head`."""
    return (head + payload).ljust(60, b"\0")


def arp(
    operation: int,
    sender: tuple[str, Address],
    target: tuple[str, Address],
    trailer: bytes = b"",
    *,
    hardware: int = ETHERNET,
) -> bytes:
    """Return an ARP message of `sender` about `target`, each a MAC with an address; `trailer` rides in the padding."""
    head = struct.pack("!HHBBH", hardware, IPV4, 6, 4, operation)
    return head + b"".join(mac_bytes(m) + a.packed for m, a in (sender, target)) + trailer


def ip(src: Address, dst: Address, protocol: int, payload: bytes, *, hops: int = 64, label: int = 0) -> bytes:
    """Return an IP packet of the family of `dst`; `label` is the flow label in IPv6, at most 20 bits."""
    if dst.version == 6:
        return struct.pack("!IHBB", 6 << 28 | label, len(payload), protocol, hops) + src.packed + dst.packed + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, hops, protocol, 0) + src.packed + dst.packed
    return head[:10] + checksum(head) + head[12:] + payload


def udp(src: Address, dst: Address, port: int, payload: bytes, *, hops: int = 64) -> bytes:
    """Return an IP packet with a UDP datagram from and to `port`."""
    bare = struct.pack("!HHHH", port, port, 8 + len(payload), 0) + payload
    total = checksum(pseudo_header(src, dst, _UDP, len(bare)) + bare)
    return ip(src, dst, _UDP, bare[:6] + (total if any(total) else b"\xff\xff") + bare[8:], hops=hops)


def echo(src: Address, dst: Address, payload: bytes, *, reply: bool = False, hops: int = 64) -> bytes:
    """Return an IP packet with an ICMP echo request, or a reply that nobody asked for and every stack ignores."""
    protocol = _ICMPV6 if dst.version == 6 else _ICMP
    return ip(src, dst, protocol, echo_message(src, dst, payload, reply=reply), hops=hops)


def echo_overhead(dst: Address) -> int:
    """Return how many bytes of an ICMP echo packet to `dst` are not its payload."""
    return (40 if dst.version == 6 else 20) + 8


def echo_message(src: Address, dst: Address, payload: bytes, *, reply: bool = False) -> bytes:
    """Return the ICMP echo message alone, for a socket that writes the IP header itself."""
    if dst.version == 6:
        return icmpv6_message(src, dst, struct.pack("!BBHHH", 129 if reply else 128, 0, 0, 0x6E70, 1) + payload)
    bare = struct.pack("!BBHHH", 0 if reply else 8, 0, 0, 0x6E70, 1) + payload
    return bare[:2] + checksum(bare) + bare[4:]


def behind(packet: bytes, header: int) -> bytes:
    """Return an IPv6 packet with an extension header of type `header` put before its payload, 8 octets of padding."""
    (length,) = struct.unpack_from("!H", packet, 4)
    extension = bytes((packet[6], 0)) + b"\x01\x04\0\0\0\0"
    return packet[:4] + struct.pack("!HB", length + 8, header) + packet[7:40] + extension + packet[40:]


def first_fragment(packet: bytes, octets: int) -> bytes:
    """Return the first fragment of an IPv6 packet, with `octets` of its payload: a multiple of 8."""
    fragment = struct.pack("!BBHI", packet[6], 0, 1, 7)  # offset 0, more to come
    return packet[:4] + struct.pack("!HB", octets + 8, FRAGMENT) + packet[7:40] + fragment + packet[40 : 40 + octets]


def lldp(mac: str, trailer: bytes) -> bytes:
    """Return an LLDP data unit of a chassis with `mac`; `trailer` rides in an organisation's own TLV."""

    def tlv(kind: int, value: bytes) -> bytes:
        return struct.pack("!H", kind << 9 | len(value)) + value

    chassis, port, ttl = tlv(1, b"\x04" + mac_bytes(mac)), tlv(2, b"\x05probe"), tlv(3, b"\0\x01")
    return chassis + port + ttl + tlv(127, b"\0\0\0\0" + trailer) + tlv(0, b"")


def bpdu(mac: str, trailer: bytes) -> bytes:
    """Return a frame with spanning tree's configuration BPDU (IEEE 802.1D) of a bridge at `mac`, the worst there is."""
    bridge = b"\xff\xff" + mac_bytes(mac)
    limits = struct.pack("!H4H", 0x8001, 0, 20 << 8, 2 << 8, 15 << 8)  # port; ages and delays in 256ths of a second
    return with_length(BPDU_GROUP_MAC, mac, bytes(5) + bridge + bytes(4) + bridge + limits + trailer)


def with_length(dst: str, src: str, payload: bytes) -> bytes:
    """Return a frame that has a length in place of an ethertype (IEEE 802.3): that of spanning tree, in IEEE 802.2."""
    return ethernet(dst, src, len(_LLC) + len(payload), _LLC + payload)


def checksum(data: bytes) -> bytes:
    """Return the Internet checksum of `data` (RFC 1071), in network order."""
    number = int.from_bytes(data + bytes(len(data) % 2), "big")
    # Words added up with their carries are the whole number modulo 0xffff, which is written 0xffff unless all is zero.
    total = number % 0xFFFF or (number and 0xFFFF)
    return (0xFFFF - total).to_bytes(2, "big")


def pseudo_header(src: Address, dst: Address, protocol: int, length: int) -> bytes:
    """Return what checksums cover beside a message of `length` octets (RFC 8200; RFC 768 adds up to the same)."""
    return src.packed + dst.packed + struct.pack("!IBBBB", length, 0, 0, 0, protocol)


def icmpv6_message(src: Address, dst: Address, bare: bytes) -> bytes:
    """Return the ICMPv6 message `bare` with its checksum."""
    return bare[:2] + checksum(pseudo_header(src, dst, _ICMPV6, len(bare)) + bare) + bare[4:]
