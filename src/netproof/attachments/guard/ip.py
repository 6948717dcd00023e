"""An endpoint's IP packets come from its declared addresses and its EUI-64 link-local only.

The unspecified address :: passes for duplicate address detection (a neighbour solicitation, hop limit 255, no
extension header) and for MLD reports (hop limit 1, behind a hop-by-hop header), as RFC 4862 and RFC 3810 have them;
0.0.0.0 passes in ARP alone. An endpoint that declares no IPv4 address sends no IPv4.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from netproof.attachments.guard.item import Item, Subject, any_number, any_of

UNSPECIFIED = IPv6Address(0)
ICMPV6, HOP_BY_HOP = 58, 0
NEXT_HEADER_AND_HOP_LIMIT = "@nh,48,16"
BEHIND_THE_HEADER = "@nh,320,8"


COMMON = (
    f"ip6 saddr :: {NEXT_HEADER_AND_HOP_LIMIT} != {any_number([ICMPV6 << 8 | 255, HOP_BY_HOP << 8 | 1])} drop",
    # What the rule above leaves of hop limit 1 has a hop-by-hop header, whose first byte names what follows it.
    f"ip6 saddr :: ip6 hoplimit 1 {BEHIND_THE_HEADER} != {hex(ICMPV6)} drop",
    "ip6 saddr :: icmpv6 type != { mld-listener-report, nd-neighbor-solicit, mld2-listener-report } drop",
)


def _own(subject: Subject) -> Iterator[str]:
    yield f"ip saddr != {any_of(subject.ipv4)} drop" if subject.ipv4 else "meta protocol ip drop"
    yield f"ip6 saddr != {any_of([UNSPECIFIED, *subject.ipv6])} drop"


ITEM = Item("ip", COMMON, _own)
