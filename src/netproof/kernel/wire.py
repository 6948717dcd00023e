"""What addresses, routes and rules share on the wire: families, packed addresses, and the number that marks ours."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address
from typing import Final

PROTOCOL: Final = 110
"""Our number: IFA_PROTO of addresses, rtm_protocol of routes, FRA_PROTOCOL of rules, NDA_PROTOCOL of neighbours.

iproute2's lists have it free.
"""

PROTOCOL_KERNEL: Final = 2
"""RTPROT_KERNEL: what the kernel made by itself."""

AF_OF = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
NAME_OF = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}


def packed(address: str) -> tuple[int, bytes]:
    """Return the family number and the bytes of an address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address)


def packed_prefix(prefix: str) -> tuple[int, bytes, int]:
    """Return the family number, the bytes and the length of a prefix."""
    address, _, length = prefix.partition("/")
    return *packed(address), int(length)


def written(address: bytes) -> str:
    """Return an address in canonical spelling, as `ipaddress` spells it."""
    if len(address) == 4:
        return socket.inet_ntop(socket.AF_INET, address)
    text = socket.inet_ntop(socket.AF_INET6, address)
    return str(IPv6Address(address)) if "." in text else text


def written_prefix(family: int, address: bytes, length: int) -> str:
    """Return a prefix in canonical spelling; no bytes mean the unspecified address."""
    return f"{written(address or bytes(4 if family == socket.AF_INET else 16))}/{length}"
