"""A broadcast, the frame that goes wherever an Ethernet goes, comes out in another segment."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.honest import broadcast
from netproof.proof.parties import Stand, members, stands
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    there = {m.node for m in members(site, to)} if to in site.segments else set()
    return bool(there) and from_ not in there  # a segment without members is nowhere yet


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for mine in stands(scene.site, claim.from_):
        for its in _hearers(scene, claim.to):
            yield Shot(its.node, mine.spot, broadcast(scene, mine), its.spot, scene.innocent(mine))


def _hearers(scene: Scene, segment: str) -> list[Stand]:
    """Return who is to hear: every member; on a live host its endpoints, and stations only where they are watched."""
    site = scene.site
    every = members(site, segment)
    return [m for m in every if not scene.live or m.node in scene.vantages or m.node in site.endpoints]


PROBE = Probe("broadcast-frame", "isolation", ("l2",), "a broadcast frame", _applies, _shots, honest="broadcast")
