"""What VXLAN takes of the underlay's packets (RFC 7348, section 5), in bytes."""

from __future__ import annotations

from netproof.values.address import Family

_OUTER_IP = {"ipv4": 20, "ipv6": 40}
_UDP, _VXLAN, _INNER_ETHERNET = 8, 8, 14
_TAG = 4


def overhead(family: Family, *, tagged: bool) -> int:
    """Return by how much the largest inner IP packet is smaller than the largest outer one: 50 on IPv4, 70 on IPv6.

    Four more where inner frames may be `tagged`. (Tried on 6.18: 1450, 1446 and 1430 of 1500 pass, no byte more.)
    """
    return _OUTER_IP[family] + _UDP + _VXLAN + _INNER_ETHERNET + _TAG * tagged
