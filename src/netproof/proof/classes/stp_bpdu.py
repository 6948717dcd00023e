"""A guest speaks spanning tree to its neighbours: whoever hears the best bridge of all sends it what is for elsewhere.

BPDUs (IEEE 802.1D, clause 9; ``yersinia``) go to 01:80:c2:00:00:00. A bridge without spanning tree, as those are that
Linux makes, forwards them as any other frame for a group, to bridges beyond its uplinks, too; one with it heeds them.
Of the sixteen link-local groups it is the only one that a bridge lets through as long as ``group_fwd_mask`` is 0. What
is sent names the worst bridge there can be: nobody yields to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, _its: Stand, _victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        yield "a configuration BPDU", RawFrame(partial(frames.bpdu, scene.mac(mine)))

    return lies(scene, claim, tell)


PROBE = Probe("stp-bpdu", "identity", ("l2",), "a BPDU to its group", held("linklocal"), _shots, honest="broadcast")
