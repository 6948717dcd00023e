"""Putting tags into a frame."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from netproof.proof.probe import RawFrame


def tagged(plain: RawFrame, tags: Sequence[tuple[int, int]]) -> RawFrame:
    """Return the frame of `plain` with `tags` after its addresses: pairs of ethertype and VID, the outermost first."""
    inserted = b"".join(struct.pack("!HH", ethertype, vid) for ethertype, vid in tags)

    def build(token: bytes) -> bytes:
        frame = plain.build(token)
        return frame[:12] + inserted + frame[12:]

    return RawFrame(build)
