"""An endpoint sends nothing to the link-local groups 01:80:c2:00:00:00 to 0f: STP, LACP, LLDP, 802.1X.

A bridge hands these to the port's own host, past every rule on the bridge device and past `locked` (IEEE 802.1D
table 7-10; tried on 6.18): daemons on the host would hear a guest.
"""

from __future__ import annotations

from netproof.attachments.guard.item import Item

ITEM = Item("linklocal", ("ether daddr 01:80:c2:00:00:00-01:80:c2:00:00:0f drop",))
