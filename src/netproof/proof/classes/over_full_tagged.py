"""A tagged frame with one byte more than the segment's MTU in it must not arrive, in one piece or in several."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.mtus import tagged_applies, tagged_sized
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return tagged_sized(scene, claim, excess=1)


PROBE = Probe(
    "over-full-tagged",
    "mtu",
    ("l2",),
    "a tagged frame one byte too large",
    tagged_applies,
    _shots,
    ends=tagged_sized,
)
