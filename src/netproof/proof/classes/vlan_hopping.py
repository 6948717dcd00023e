"""Somebody in one VLAN sends frames with the tag of another one: alone, behind the tag of his own, or as 802.1ad.

A switch that takes tags from an access port, or strips an outer tag and looks at the next, carries them into the other
VLAN. So does a host, if a link for the other VLAN lies on that of the first instead of on the NIC.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import hearers
from netproof.proof.claim import Claim
from netproof.proof.frames import DOT1AD, DOT1Q
from netproof.proof.honest import broadcast
from netproof.proof.parties import members, stands
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged
from netproof.proof.trunks import beside
from netproof.site.model import Site

_NATIVE = 1
"""The VLAN to which untagged frames belong in most switches as they are delivered."""


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    if to not in site.segments or not members(site, to):
        return False
    return any(any(beside(site, mine.segment, to)) for mine in stands(site, from_))


def _tags(mine: int, its: int) -> dict[str, list[tuple[int, int]]]:
    return {
        f"VID {its}": [(DOT1Q, its)],
        f"VID {its} behind {mine}": [(DOT1Q, mine), (DOT1Q, its)],
        f"VID {its} behind {_NATIVE}": [(DOT1Q, _NATIVE), (DOT1Q, its)],
        f"VID {its} of 802.1ad": [(DOT1AD, its)],
    }


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for mine in stands(scene.site, claim.from_):
        plain, innocent = broadcast(scene, mine), scene.innocent(mine)
        for vids in beside(scene.site, mine.segment, claim.to):
            for told, tags in _tags(*vids).items():
                for its in hearers(scene, claim.to):
                    yield Shot(f"{its.node} with {told}", mine.spot, tagged(plain, tags), its.spot, innocent)


PROBE = Probe(
    "vlan-hopping", "isolation", ("l2",), "broadcasts with the tag of its VLAN", _applies, _shots, honest="broadcast"
)
