"""Somebody pings a neighbour: own IP stack, real ARP or ND. What may talk, does."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import also, family_named, neighbours, ping
from netproof.proof.claim import Claim
from netproof.proof.parties import Spot, Stand, stack_of
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(neighbours(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def spot(stand: Stand) -> Spot:
        return stack_of(stand.node, family_named(claim.family)) if stand.node in scene.site.hosts else stand.spot

    seen = set()
    for mine, its, target in neighbours(scene.site, claim.from_, claim.to, claim.family):
        if target not in seen:
            seen.add(target)
            at = spot(its)
            yield Shot(str(target), spot(mine), ping(mine, target), at, also=also(scene, at))


PROBE = Probe(
    "echo", "reach", ("ipv4", "ipv6"), "ICMP echo through its own IP stack", _applies, _shots, expect="deliver"
)
