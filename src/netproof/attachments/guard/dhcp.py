"""An endpoint is no DHCP server: nothing from it goes to the UDP ports of clients, 68 and in IPv6 546.

Whatever port it comes from: many a client looks at its own alone (RFC 2131, RFC 8415 name 67 and 547 for servers).
Relays and servers are asked at other ports, so that endpoints can still be clients. Ports lie in the first fragment,
without which nobody puts the others together; one that ends in extension headers before them is dropped.
"""

from __future__ import annotations

from netproof.attachments.guard.item import CUT_SHORT, Item

ITEM = Item("dhcp", (*CUT_SHORT, "udp dport { 68, 546 } drop"))
