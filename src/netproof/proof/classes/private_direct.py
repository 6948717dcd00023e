"""An endpoint of a private segment speaks to another one directly: to its MAC, and to everybody.

Both frames are true, so that no guard stops them. The kernel's `isolated` flag alone would not over VXLAN.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.gateways import private_stands
from netproof.proof.honest import broadcast, unicast
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    return any(private_stands(site, from_, to))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for mine, its in private_stands(scene.site, claim.from_, claim.to):
        innocent = scene.innocent(mine)
        yield Shot(f"the MAC of {claim.to}", mine.spot, unicast(scene, mine, its), its.spot, innocent)
        yield Shot("everybody", mine.spot, broadcast(scene, mine), its.spot, innocent)


PROBE = Probe(
    "private-direct", "isolation", ("l2",), "frames to its MAC and to everybody", _applies, _shots, honest="broadcast"
)
