"""An endpoint is no router to its neighbours: router advertisements and redirects from it are dropped (RFC 6105).

Disguises do not help (RFC 7113): the kernel looks for ICMPv6 behind extension headers, and in the first fragment,
without which nobody puts the others together; a first fragment that ends in headers before it is dropped.
"""

from __future__ import annotations

from netproof.attachments.guard.item import CUT_SHORT, NO_REDIRECT, Item

ITEM = Item("ra", (*CUT_SHORT, "icmpv6 type nd-router-advert drop", NO_REDIRECT))
