"""What VXLAN takes of the underlay's packets, in bytes."""

from __future__ import annotations

from netproof.state.tunnels import OVERHEAD
from netproof.values.address import Family

_TAG = 4


def overhead(family: Family, *, tagged: bool) -> int:
    """Return by how much the largest inner IP packet is smaller than the largest outer one: 50 on IPv4, 70 on IPv6.

    Four more where inner frames may be `tagged`. (Tried on 6.18: 1450, 1446 and 1430 of 1500 pass, no byte more.)
    """
    return OVERHEAD[family] + _TAG * tagged
