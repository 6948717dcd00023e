"""Somebody sends from an endpoint's MAC, and what others send to that does not get to the endpoint any more.

Though the thief need not get it: across an overlay that is told where everybody is, it is lost on the way to him.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.proof.thefts import applies, thefts


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return thefts(scene, claim, lambda theft: theft.victim.spot)


PROBE = Probe(
    "after-mac-theft",
    "identity",
    ("l2",),
    "a frame from its MAC, then another's frame to it",
    applies,
    _shots,
    poisons=True,
    expect="deliver",
    in_earnest=True,
)
