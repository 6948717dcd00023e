"""A guest tells the host another way to somebody: an ICMP redirect (RFC 792, type 5; RFC 4861, type 137).

Linux believes it by default where it does not forward (``accept_redirects``), in IPv4 of the gateway it uses. What is
redirected here is an address set aside for tests, which no host talks to.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.frames import Ends
from netproof.proof.intohost import hears, into_host
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import STRANGER, Scene

_ICMP, _ICMPV6 = 1, 58
_REDIRECTED = 4
"""The option of a redirect in IPv6 that quotes what is redirected; its length counts 8 octets."""


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return into_host(scene, claim, _redirect_ipv6 if claim.family == "ipv6" else _redirect_ipv4)


def _redirect_ipv4(ends: Ends, token: bytes) -> bytes:
    quoted = frames.udp(ends[1], STRANGER["ipv4"], UDP_PORT, token)
    bare = struct.pack("!BBH", 5, 1, 0) + ends[0].packed + quoted
    return frames.ip(*ends, _ICMP, bare[:2] + frames.checksum(bare) + bare[4:])


def _redirect_ipv6(ends: Ends, token: bytes) -> bytes:
    quoted = frames.udp(ends[1], STRANGER["ipv6"], UDP_PORT, token)
    quoted += bytes(-len(quoted) % 8)
    option = bytes((_REDIRECTED, 1 + len(quoted) // 8)) + bytes(6) + quoted
    bare = struct.pack("!BBHI", 137, 0, 0, 0) + ends[0].packed + STRANGER["ipv6"].packed + option
    return frames.ip(*ends, _ICMPV6, frames.icmpv6_message(*ends, bare), hops=255)


PROBE = Probe("redirect-to-host", "isolation", ("ipv4", "ipv6"), "an ICMP redirect to the host", hears, _shots)
