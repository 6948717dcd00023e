"""An endpoint's neighbour discovery tells of its own MAC and its own IPv6 addresses only.

Its messages (ICMPv6 133 to 137) lie directly behind the IPv6 header: behind an extension header, a fragment's among
them, they are dropped (RFC 6980 forbids the fragments), so that every field lies where the rules look. Fragments
with further headers behind the fragment header are dropped too: their first part could end before the ICMPv6 type.
Length allows one option, so that none hides behind another: 24 bytes of message and 8 of option for neighbour
solicitation and advertisement, 8 and 8 for router solicitation. Redirects are dropped: an endpoint that routes for
others loses an optimisation, while everyone else's could rewrite a neighbour's tables. Router advertisements are
held to the endpoint's own source here; item `ra` drops them.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from netproof.attachments.guard.item import CUT_SHORT, NO_REDIRECT, Item, Subject, any_number, any_of

MESSAGES = "nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect"
SOLICIT, ADVERT, ROUTER_SOLICIT = (
    "icmpv6 type nd-neighbor-solicit",
    "icmpv6 type nd-neighbor-advert",
    "icmpv6 type nd-router-solicit",
)
BEHIND_THE_HEADER = "@nh,320,8"
TARGET = "@th,64,128"  # nft 1.0.6 has no word for it
SOURCE_LLADDR = "0x101"  # option 1 of one unit of 8 bytes
TARGET_LLADDR = "0x201"  # option 2, the same


COMMON = (
    *CUT_SHORT,
    f"icmpv6 type {{ {MESSAGES} }} {BEHIND_THE_HEADER} != {any_number(range(133, 138))} drop",
    NO_REDIRECT,
    f"{SOLICIT} ip6 length > 32 drop",
    f"{ADVERT} ip6 length > 32 drop",
    f"{ROUTER_SOLICIT} ip6 length > 16 drop",
)


def _own(subject: Subject) -> Iterator[str]:
    own = any_number(map(int, subject.ipv6))
    mac = hex(int(subject.mac_digits, 16))
    yield f"icmpv6 type {{ {MESSAGES} }} ip6 saddr != {any_of([IPv6Address(0), *subject.ipv6])} drop"
    yield f"{SOLICIT} ip6 saddr :: {TARGET} != {own} drop"
    yield f"{SOLICIT} @th,192,16 {SOURCE_LLADDR} @th,208,48 != {mac} drop"
    yield f"{ADVERT} {TARGET} != {own} drop"
    yield f"{ADVERT} ip6 length > 24 @th,192,64 != {TARGET_LLADDR}{subject.mac_digits} drop"
    yield f"{ROUTER_SOLICIT} @th,64,16 {SOURCE_LLADDR} @th,80,48 != {mac} drop"


ITEM = Item("nd", COMMON, _own)
