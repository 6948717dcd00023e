"""The control *ends*: where no setting joins two places, both ends must be seen alive, before and after.

The sender's honest frame of the same kind reaches a member of its own segment, and the receiver hears such a frame of
a member of its own. A host hears its own pulse, through its own IP stack.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.honest import like
from netproof.proof.parties import Stand, members, stands
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def ends(scene: Scene, probe: Probe, claim: Claim) -> tuple[list[Shot], str | None]:
    """Return the honest shots for `claim`, and what is missing for them to be a control."""
    shots, missing = [], None
    for sender, receiver, wanted in _pairs(scene, claim):
        if sender is None or receiver is None:
            missing = f"nobody else of segment {wanted} can be watched here"
        else:
            frame = like(scene, probe, sender, receiver, claim.family)
            shots.append(Shot(f"{sender.node} to {receiver.node}", sender.spot, frame, receiver.spot))
    return shots, missing


def _pairs(scene: Scene, claim: Claim) -> Iterator[tuple[Stand | None, Stand | None, str]]:
    site = scene.site
    for mine in stands(site, claim.from_):
        preferred = claim.to if claim.kind == "identity" else None
        yield mine, _other(scene, mine, preferred), mine.segment
    if claim.to in site.segments:
        for its in (m for m in members(site, claim.to) if m.node in scene.vantages):
            yield _other(scene, its, None), its, claim.to


def _other(scene: Scene, stand: Stand, preferred: str | None) -> Stand | None:
    """Return another member of the segment that can be watched here, `preferred` if it is one."""
    others = [m for m in members(scene.site, stand.segment) if m.node != stand.node and m.node in scene.vantages]
    return next((m for m in others if m.node == preferred), others[0] if others else None)
