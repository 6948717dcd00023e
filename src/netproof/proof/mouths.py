"""Mouths: sockets by which the prover speaks through an IP stack, and how it says from where."""

from __future__ import annotations

import socket
import sys

from netproof.proof.ears import icmp_protocol
from netproof.proof.vantage import MARK
from netproof.values.address import Address

_SOL_RAW, _ICMP_FILTER, _ICMPV6_FILTER = 255, 1, 1
_IP_PKTINFO, _SO_MARK = 8, 36
LED = (socket.SOL_SOCKET, _SO_MARK, MARK.to_bytes(4, sys.byteorder))
"""The ancillary data of what goes by a host route of ours."""
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER = 10, 23
_PMTUDISC_PROBE = 3
"""What is sent is never fragmented, and sent whatever the stack remembers of the way: only the link's MTU counts."""


def chosen(source: Address) -> tuple[int, int, bytes]:
    """Return the ancillary data by which a packet has a source before its way is looked up (struct in_pktinfo)."""
    if source.version == 6:
        return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, source.packed + bytes(4)
    return socket.IPPROTO_IP, _IP_PKTINFO, bytes(4) + source.packed + bytes(4)


def mute_icmp(family: socket.AddressFamily) -> socket.socket:
    """Return a socket that sends ICMP through the IP stack, never in fragments, and hears nothing."""
    sock = socket.socket(family, socket.SOCK_RAW, icmp_protocol(family))
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, b"\xff" * 32)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DONTFRAG, 1)
    else:
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, b"\xff" * 4)
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE)
    return sock
