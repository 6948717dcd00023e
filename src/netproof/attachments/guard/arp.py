"""An endpoint's ARP tells of its own MAC and its declared IPv4 addresses only.

Sender 0.0.0.0 is for probes (RFC 5227), which are requests. Only Ethernet and IPv4 of their usual lengths are
spoken, else the fields would lie elsewhere than where the rules look. ARP shorter than its 28 bytes is dropped,
because a NIC that pads it with zeros would complete what no rule could read.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from netproof.attachments.guard.item import Item, Subject, any_of

UNSPECIFIED = IPv4Address(0)


COMMON = (
    "meta protocol arp meta length < 28 drop",
    "arp htype != 1 drop",
    "arp ptype != ip drop",
    "arp hlen != 6 drop",
    "arp plen != 4 drop",
    "arp operation != { request, reply } drop",
    "arp operation reply arp saddr ip 0.0.0.0 drop",
)


def _own(subject: Subject) -> Iterator[str]:
    yield f"arp saddr ether != {subject.mac} drop"
    yield f"arp saddr ip != {any_of([UNSPECIFIED, *subject.ipv4])} drop"


ITEM = Item("arp", COMMON, _own)
