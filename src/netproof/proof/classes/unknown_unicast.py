"""A bridge that does not know where a member is, or has forgotten it, floods what is for it: everybody else hears it.

So does one that is made a hub (`ageing_time 0`), a port that learns nothing (`learning off`) with no entry that says
who is behind it, a VXLAN device that was told of nobody, and a mirror (`tc … mirred`). Here one member sends to
another that has just been heard, over the bridge, an uplink or the overlay, and a third listens. A MAC that nobody has
is flooded by any bridge: that is no claim, but where an overlay floods nothing (`flooding`).

Nothing that a site could let go makes a bridge forget, so that the open twin is no control: the same frame reached the
addressee, and the third heard one that was its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import overhearing
from netproof.proof.claim import Claim
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for trio in overhearing.trios(scene.site, claim.from_, claim.to, scene.vantages):
        innocent = scene.innocent(trio.speaker)
        for shot in overhearing.said(scene, trio.speaker, trio.addressee):
            yield Shot(shot.target, shot.sender, shot.load, trio.hearer.spot, innocent)


def _ends(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for trio in overhearing.trios(scene.site, claim.from_, claim.to, scene.vantages):
        yield from overhearing.honest(scene, trio)


PROBE = Probe(
    "unknown-unicast",
    "isolation",
    ("l2",),
    "what is for another member, who has just been heard",
    overhearing.applies,
    _shots,
    ends=_ends,
)
