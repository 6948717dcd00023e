"""Somebody out on an uplink, or across a tunnel, sends from an endpoint's MAC, and gets what others send to that.

A bridge notes behind which port a MAC was last seen. A static FDB entry does not help by itself: it moves (6.18), and
only a sticky one stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.proof.thefts import applies, thefts


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return thefts(scene, claim, lambda theft: theft.thief.spot)


PROBE = Probe(
    "mac-theft",
    "identity",
    ("l2",),
    "a frame from its MAC, then another's frame to it",
    applies,
    _shots,
    poisons=True,
    in_earnest=True,
)
