"""An endpoint sends no VLAN tags; with the item off one 802.1Q tag passes, its content guarded, and never two.

The kernel lifts the outermost tag out of the frame before the hook, so ``ether type`` shows that tag (priority tags
and tags that never were in the frame's bytes included), and ``meta protocol`` is a tag's type where there are two.
0x9100 is the tag of old provider switches, which Linux knows as no tag.
"""

from __future__ import annotations

from netproof.attachments.guard.item import Item

TWO_TAGS = "meta protocol { 8021q, 8021ad, 0x9100 } drop"

ITEM = Item(
    "vlan",
    common=("ether type { 8021q, 8021ad } drop", TWO_TAGS),
    common_when_off=("ether type 8021ad drop", TWO_TAGS),
)
