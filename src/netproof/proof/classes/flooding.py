"""A frame for everybody, or for a MAC that nobody has, crosses an overlay that floods nothing.

Both are true, so that no guard stops them: what would carry them is a flood list, or a device that learns.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.flooding import are_out_of_hearing
from netproof.proof.honest import broadcast
from netproof.proof.parties import Stand, stands
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    return are_out_of_hearing(site, from_, to) and bool(site.endpoints[from_].addresses)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for mine in stands(scene.site, claim.from_):
        for its in stands(scene.site, claim.to):
            innocent = scene.innocent(mine)
            yield Shot("everybody", mine.spot, broadcast(scene, mine), its.spot, innocent)
            yield Shot("a MAC that nobody has", mine.spot, _to_nobody(scene, mine), its.spot, innocent)


def _to_nobody(scene: Scene, mine: Stand) -> RawFrame:
    family = "ipv4" if mine.addresses("ipv4") else "ipv6"
    nobody, source = scene.reserved(mine), scene.source(mine, family)
    target = nobody.addresses(family)[0]
    return scene.frame(
        mine, scene.victim_mac(nobody), lambda token: frames.echo(source, target, token, reply=True), family=family
    )


PROBE = Probe("flooding", "isolation", ("l2",), "frames for everybody and for nobody's MAC", _applies, _shots)
