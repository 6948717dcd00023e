"""IP addresses, their families and the addresses derived from a MAC."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Literal

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network
Family = Literal["ipv4", "ipv6"]
FAMILIES: tuple[Family, Family] = ("ipv4", "ipv6")


def family_of(value: Address | Interface | Network) -> Family:
    """Name the family of `value`."""
    return "ipv4" if value.version == 4 else "ipv6"


def link_local_of(mac: str) -> IPv6Address:
    """Return the EUI-64 link-local address of `mac` (RFC 4291, appendix A)."""
    b = bytearray(bytes.fromhex(mac.replace(":", "")))
    b[0] ^= 2
    return IPv6Address(b"\xfe\x80" + bytes(6) + bytes(b[:3]) + b"\xff\xfe" + bytes(b[3:]))
