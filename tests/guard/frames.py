"""Frames that a guest sends, honest and hostile; each is hostile in one way, and names the items that stop it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_interface
from struct import pack, unpack

from netproof.values.address import Interface, link_local_of

OWN, OTHER, UNKNOWN = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:99"
ADDRESSES: tuple[Interface, ...] = (ip_interface("198.51.100.11/24"), ip_interface("2001:db8:51::11/64"))
IP4, OTHER4 = "198.51.100.11", "198.51.100.12"
IP6, OTHER6 = "2001:db8:51::11", "2001:db8:51::12"
LL, OTHER_LL = str(link_local_of(OWN)), str(link_local_of(OTHER))
BROADCAST4 = "255.255.255.255"
BROADCAST, NO_ADDRESS = "ff:ff:ff:ff:ff:ff", str(IPv4Address(0))
NS, NA, RS, RA, REDIRECT = 135, 136, 133, 134, 137
HBH, ROUTING, FRAGMENT, ICMPV6, DST, UDP = 0, 43, 44, 58, 60, 17


@dataclass(frozen=True)
class Frame:
    """A frame; each of the guard `items` stops it, none stops an honest one."""

    name: str
    items: frozenset[str]
    data: bytes


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def ether(
    payload: bytes, kind: int, dst: str = BROADCAST, src: str = OWN, tags: tuple[tuple[int, int], ...] = ()
) -> bytes:
    return mac(dst) + mac(src) + b"".join(pack("!HH", *tag) for tag in tags) + pack("!H", kind) + payload


def ip4(src: str = IP4, dst: str = OTHER4) -> bytes:
    return ip4_packet(udp(), src, dst)


def ip4_packet(udp: bytes, src: str = IP4, dst: str = BROADCAST4, more: bool = False) -> bytes:
    addresses = IPv4Address(src).packed + IPv4Address(dst).packed
    words = (0x4500, 20 + len(udp), 1, more << 13, 64 << 8 | UDP, *unpack("!4H", addresses))
    checksum = 0xFFFF - sum(words) % 0xFFFF
    return pack("!6H", *words[:5], checksum) + addresses + udp


def ip6(payload: bytes, src: str = IP6, dst: str = "ff02::1", nexthdr: int = ICMPV6, hops: int = 255) -> bytes:
    head = pack("!IHBB", 6 << 28, len(payload), nexthdr, hops)
    return head + IPv6Address(src).packed + IPv6Address(dst).packed + payload


def icmp6(kind: int, body: bytes) -> bytes:
    return pack("!BBH", kind, 0, 0) + body


def echo6() -> bytes:
    return icmp6(128, b"\0" * 12)


def udp(source: int = 4000, target: int = 4001) -> bytes:
    return pack("!HHHH", source, target, 16, 0) + b"\0" * 8


def option(kind: int, lladdr: str) -> bytes:
    return bytes([kind, 1]) + mac(lladdr)


def nd(kind: int, target: str, options: bytes = b"") -> bytes:
    return icmp6(kind, b"\0" * 4 + IPv6Address(target).packed + options)


def ra() -> bytes:
    return icmp6(RA, bytes(12))


def rs(options: bytes = b"") -> bytes:
    return icmp6(RS, b"\0" * 4 + options)


def ext(nexthdr: int, rest: bytes = b"\x01\x04\0\0\0\0") -> bytes:
    """An extension header of 8 bytes, padded."""
    return bytes([nexthdr, 0]) + rest


def fragment(nexthdr: int, more: bool = False) -> bytes:
    return pack("!BBHI", nexthdr, 0, int(more), 7)


def arp(
    op: int = 1, sha: str = OWN, spa: str = IP4, tpa: str = OTHER4, types: tuple[int, int, int, int] = (1, 0x0800, 6, 4)
) -> bytes:
    return pack("!HHBBH", *types, op) + mac(sha) + IPv4Address(spa).packed + bytes(6) + IPv4Address(tpa).packed


ROUTER_ALERT = ext(ICMPV6, b"\x05\x02\0\0\x01\0")
NONCE = bytes([14, 1]) + b"noncee"
V4, V6, ARP = 0x0800, 0x86DD, 0x0806
Q, AD, QINQ_OLD = 0x8100, 0x88A8, 0x9100

ANY = "any"
"""Stops what `vlan` stops even where it is off, as long as there is a guard at all."""

_PAYLOADS: tuple[tuple[str, str, int, bytes], ...] = (
    ("ipv4", "", V4, ip4()),
    ("ipv6", "", V6, ip6(udp(), nexthdr=UDP, hops=64)),
    ("ipv6 from link-local", "", V6, ip6(echo6(), src=LL)),
    ("ipv6 with destination options", "", V6, ip6(ext(UDP) + udp(), nexthdr=DST)),
    ("ipv6 fragment of udp", "", V6, ip6(fragment(UDP, more=True) + udp(), nexthdr=FRAGMENT)),
    ("ipv6 first fragment of a large ping", "", V6, ip6(fragment(ICMPV6, more=True) + echo6(), nexthdr=FRAGMENT)),
    ("arp request", "", ARP, arp()),
    ("arp reply", "", ARP, arp(op=2)),
    ("arp gratuitous", "", ARP, arp(tpa=IP4)),
    ("arp probe", "", ARP, arp(spa=NO_ADDRESS)),
    ("ns", "", V6, ip6(nd(NS, OTHER6, option(1, OWN)))),
    ("ns from link-local", "", V6, ip6(nd(NS, OTHER6, option(1, OWN)), src=LL)),
    ("ns without option", "", V6, ip6(nd(NS, OTHER6))),
    ("dad", "", V6, ip6(nd(NS, IP6), src="::")),
    ("dad with nonce", "", V6, ip6(nd(NS, LL, NONCE), src="::")),
    ("na", "", V6, ip6(nd(NA, IP6, option(2, OWN)))),
    ("na of link-local", "", V6, ip6(nd(NA, LL, option(2, OWN)), src=LL)),
    ("na without option", "", V6, ip6(nd(NA, IP6))),
    ("rs", "", V6, ip6(rs(option(1, OWN)), src=LL, dst="ff02::2")),
    ("rs without option", "", V6, ip6(rs(), src=LL, dst="ff02::2")),
    ("mldv2 from unspecified", "", V6, ip6(ROUTER_ALERT + icmp6(143, bytes(24)), src="::", nexthdr=HBH, hops=1)),
    ("mldv2 from link-local", "", V6, ip6(ROUTER_ALERT + icmp6(143, bytes(24)), src=LL, nexthdr=HBH, hops=1)),
    ("mldv1 from unspecified", "", V6, ip6(ROUTER_ALERT + icmp6(131, bytes(20)), src="::", nexthdr=HBH, hops=1)),
    ("dhcp request", "", V4, ip4_packet(udp(68, 67))),
    ("dhcpv6 request", "", V6, ip6(udp(546, 547), src=LL, nexthdr=UDP)),
    ("ipv4 from the other", "ip", V4, ip4(src=OTHER4)),
    ("ipv4 from 0.0.0.0", "ip", V4, ip4(src=NO_ADDRESS, dst="255.255.255.255")),
    ("ipv4 from a group", "ip", V4, ip4(src="224.0.0.1")),
    ("ipv6 from the other", "ip", V6, ip6(udp(), src=OTHER6, nexthdr=UDP)),
    ("ipv6 from the other's link-local", "ip", V6, ip6(echo6(), src=OTHER_LL)),
    ("ipv6 from a group", "ip", V6, ip6(echo6(), src="ff02::1")),
    ("ipv6 udp from ::", "ip", V6, ip6(udp(), src="::", nexthdr=UDP)),
    ("ipv6 udp behind hop-by-hop from ::", "ip", V6, ip6(ext(UDP) + udp(), src="::", nexthdr=HBH, hops=1)),
    ("ipv6 echo from ::", "ip", V6, ip6(echo6(), src="::")),
    ("ipv6 fragment from ::", "ip", V6, ip6(fragment(UDP) + udp(), src="::", nexthdr=FRAGMENT)),
    ("rs from ::", "ip", V6, ip6(rs(), src="::")),
    ("arp reply of the other's address", "arp", ARP, arp(op=2, spa=OTHER4)),
    ("arp request of the other's address", "arp", ARP, arp(spa=OTHER4)),
    ("arp gratuitous of the other's address", "arp", ARP, arp(spa=OTHER4, tpa=OTHER4)),
    ("arp of the other's mac", "arp", ARP, arp(sha=OTHER)),
    ("arp reply of 0.0.0.0", "arp", ARP, arp(op=2, spa=NO_ADDRESS)),
    ("arp of another operation", "arp", ARP, arp(op=9)),
    ("arp of another hardware", "arp", ARP, arp(types=(6, 0x0800, 6, 4))),
    ("arp of another protocol", "arp", ARP, arp(types=(1, 0x86DD, 6, 4))),
    ("arp of long hardware addresses", "arp", ARP, arp(types=(1, 0x0800, 8, 4))),
    ("arp of long protocol addresses", "arp", ARP, arp(types=(1, 0x0800, 6, 16))),
    ("na of the other's address", "nd", V6, ip6(nd(NA, OTHER6, option(2, OWN)))),
    ("na of the other's link-local", "nd", V6, ip6(nd(NA, OTHER_LL, option(2, OWN)))),
    ("na of the other's address without option", "nd", V6, ip6(nd(NA, OTHER6))),
    ("na with the other's mac", "nd", V6, ip6(nd(NA, IP6, option(2, OTHER)))),
    ("na with the other's mac behind an option", "nd", V6, ip6(nd(NA, IP6, option(2, OWN) + option(2, OTHER)))),
    ("ns with the other's mac", "nd", V6, ip6(nd(NS, OTHER6, option(1, OTHER)))),
    ("ns with the other's mac behind an option", "nd", V6, ip6(nd(NS, OTHER6, NONCE + option(1, OTHER)))),
    ("dad of the other's address", "nd", V6, ip6(nd(NS, OTHER6), src="::")),
    ("rs with the other's mac", "nd", V6, ip6(rs(option(1, OTHER)), src=LL)),
    ("rs with the other's mac behind an option", "nd", V6, ip6(rs(NONCE + option(1, OTHER)), src=LL)),
    ("redirect", "nd ra", V6, ip6(icmp6(REDIRECT, bytes(36)), src=LL)),
    ("ns from the other's address", "ip nd", V6, ip6(nd(NS, IP6), src=OTHER6)),
    ("na from the other's address", "ip nd", V6, ip6(nd(NA, IP6), src=OTHER6)),
    ("na in a fragment", "nd", V6, ip6(fragment(ICMPV6) + nd(NA, IP6), nexthdr=FRAGMENT)),
    ("first fragment of an na", "nd", V6, ip6(fragment(ICMPV6, more=True) + nd(NA, IP6)[:8], nexthdr=FRAGMENT)),
    ("na behind hop-by-hop", "nd", V6, ip6(ext(ICMPV6) + nd(NA, IP6), nexthdr=HBH)),
    ("na behind destination options", "nd", V6, ip6(ext(ICMPV6) + nd(NA, IP6), nexthdr=DST)),
    ("first fragment ending in options", "nd ra dhcp", V6, ip6(fragment(DST, True) + ext(ICMPV6), nexthdr=FRAGMENT)),
    ("first fragment ending in route", "nd ra dhcp", V6, ip6(fragment(ROUTING, True) + ext(ICMPV6), nexthdr=FRAGMENT)),
    ("ra", "ra", V6, ip6(ra(), src=LL)),
    ("ra from the other's link-local", "ip nd ra", V6, ip6(ra(), src=OTHER_LL)),
    ("ra behind hop-by-hop", "nd ra", V6, ip6(ext(ICMPV6) + ra(), src=LL, nexthdr=HBH)),
    ("ra behind destination options", "nd ra", V6, ip6(ext(ICMPV6) + ra(), src=LL, nexthdr=DST)),
    ("first fragment of an ra", "nd ra", V6, ip6(fragment(ICMPV6, more=True) + ra()[:8], src=LL, nexthdr=FRAGMENT)),
    ("dhcp answer", "dhcp", V4, ip4_packet(udp(67, 68))),
    ("dhcp answer from another port", "dhcp", V4, ip4_packet(udp(4000, 68), dst=OTHER4)),
    ("first fragment of a dhcp answer", "dhcp", V4, ip4_packet(udp(67, 68), more=True)),
    ("dhcpv6 answer", "dhcp", V6, ip6(udp(547, 546), src=LL, nexthdr=UDP)),
    ("dhcpv6 answer behind options", "dhcp", V6, ip6(ext(UDP) + udp(547, 546), src=LL, nexthdr=DST)),
    ("first fragment of a dhcpv6 answer", "dhcp", V6, ip6(fragment(UDP, True) + udp(547, 546), nexthdr=FRAGMENT)),
    ("lldp to all", "ethertype", 0x88CC, bytes(40)),
    ("rarp", "ethertype", 0x8035, arp(op=3)),
    ("llc", "ethertype", 60, b"\x42\x42\x03" + bytes(57)),
    ("pppoe discovery", "ethertype", 0x8863, bytes(40)),
)  # fmt: skip

_WHOLE: tuple[tuple[str, str, bytes], ...] = (
    ("ipv4 from the other's mac", "mac", ether(ip4(), V4, src=OTHER)),
    ("ipv4 from an unknown mac", "mac", ether(ip4(), V4, src=UNKNOWN)),
    ("arp from the other's mac", "mac", ether(arp(), ARP, src=OTHER)),
    *(
        (f"ipv4 to link-local group {n:02x}", "linklocal", ether(ip4(), V4, f"01:80:c2:00:00:{n:02x}"))
        for n in (0, 2, 3, 14, 15)
    ),
    ("802.1Q tag", "vlan", ether(ip4(), V4, tags=((Q, 5),))),
    ("802.1Q tag on arp", "vlan", ether(arp(), ARP, tags=((Q, 5),))),
    ("priority tag", "vlan", ether(ip4(), V4, tags=((Q, 0xE000),))),
    ("802.1ad tag", ANY, ether(ip4(), V4, tags=((AD, 5),))),
    ("two 802.1Q tags", ANY, ether(ip4(), V4, tags=((Q, 5), (Q, 6)))),
    ("provider and customer tag", ANY, ether(ip4(), V4, tags=((AD, 5), (Q, 6)))),
    ("customer and provider tag", ANY, ether(ip4(), V4, tags=((Q, 5), (AD, 6)))),
    ("three tags", ANY, ether(ip4(), V4, tags=((Q, 5), (Q, 6), (Q, 7)))),
    ("old provider tag", ANY, ether(ip4(), V4, tags=((QINQ_OLD, 5),))),
    ("802.1Q tag and an old provider tag", ANY, ether(ip4(), V4, tags=((Q, 5), (QINQ_OLD, 6)))),
)  # fmt: skip


def _numbered(index: int, name: str, items: str, data: bytes) -> Frame:
    """End every frame in a number of its own: by that it is known again wherever it comes out."""
    return Frame(name, frozenset(items.split()), data + b"guarded" + bytes([index]))


FRAMES = tuple(
    _numbered(index, *given)
    for index, given in enumerate((*((n, i, ether(p, kind)) for n, i, kind, p in _PAYLOADS), *_WHOLE))
)
SHORT_ARP = Frame(
    "arp that ends within the sender's address", frozenset({"arp"}), ether(arp(spa=OTHER4), ARP)[: 14 + 17]
)
"""Ends in no number: nothing may follow where the frame must end."""
