"""An endpoint speaks IPv4, IPv6 and ARP, and no other protocol (IEEE 802.3 frames with a length are another)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.attachments.guard.item import Item, Subject


def _rules(_: Subject) -> Iterator[str]:
    yield "meta protocol != { ip, arp, ip6 } drop"


ITEM = Item("ethertype", _rules)
