"""A guest sends a ping to the host in two fragments (RFC 791, RFC 8200), which its stack puts together again.

A filter that knows what to drop by its transport finds none in the second, and in IPv6 none at a fixed place in the
first. What arrives at the host is whole: both must have got in.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames, packets
from netproof.proof.claim import Claim
from netproof.proof.frames import Ends
from netproof.proof.intohost import Write, hears, into_host
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene

_FILLING = 40
_FIRST = 8 + _FILLING
"""Octets of the first fragment: the head of an echo request, and what stands before the mark."""
_MARK = 20


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return into_host(scene, claim, _piece(claim.id, 1), before=_piece(claim.id, 0), told=" in two fragments")


def _piece(name: str, at: int) -> Write:
    def write(ends: Ends, token: bytes) -> bytes:
        # A mark beside its complement adds nothing to a checksum: so the first fragment is the same for every copy.
        mark = token.ljust(_MARK, b"\0")
        whole = frames.echo(*ends, bytes(_FILLING) + mark + bytes(octet ^ 0xFF for octet in mark))
        return packets.fragments(whole, _FIRST, packets.number_of(f"{name} {ends[1]}", b""))[at]

    return write


PROBE = Probe("fragments-to-host", "isolation", ("ipv4", "ipv6"), "a ping to the host in two fragments", hears, _shots)
