"""A broadcast, the frame that goes wherever an Ethernet goes, comes out in another segment."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import hearers
from netproof.proof.claim import Claim
from netproof.proof.honest import broadcast
from netproof.proof.parties import members, stands
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    there = {m.node for m in members(site, to)} if to in site.segments else set()
    return bool(there) and from_ not in there and bool(stands(site, from_))  # without members it is nowhere yet


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for mine in stands(scene.site, claim.from_):
        for its in hearers(scene, claim.to):
            yield Shot(its.node, mine.spot, broadcast(scene, mine), its.spot, scene.innocent(mine))


PROBE = Probe("broadcast-frame", "isolation", ("l2",), "a broadcast frame", _applies, _shots, honest="broadcast")
