"""An endpoint speaks IPv4, IPv6 and ARP, and no other protocol (IEEE 802.3 frames with a length are another)."""

from __future__ import annotations

from netproof.attachments.guard.item import Item

ITEM = Item("ethertype", ("meta protocol != { ip, arp, ip6 } drop",))
