"""ND poisoning: unasked, a guest tells a neighbour that somebody's address is at another MAC.

An advertisement says it outright; a solicitation says it of its own sender in passing, to a router as well; and one
from `::` (the question before one takes an address) makes the victim give its address up. Lies are of both kinds: the
victim's address with the attacker's MAC, and the attacker's own address with the victim's MAC.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv6Address

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene

_NOBODY = IPv6Address("::")


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        me, its_mac, forged_mac = scene.mac(mine), scene.mac(its), scene.victim_mac(victim)
        forged, own = scene.victim_address(victim, its, "ipv6"), scene.source(mine, "ipv6")
        for target in its.addresses("ipv6"):
            ends: frames.Ends = (own, target)
            told = {
                f"{forged} is at {me}": partial(frames.advertisement, ends, forged, me),
                f"{own} is at {forged_mac}": partial(frames.advertisement, ends, own, forged_mac),
                f"{own} asks from {forged_mac}": partial(frames.solicitation, ends, target, forged_mac),
                f"{own} seeks routers from {forged_mac}": partial(frames.router_solicitation, ends, forged_mac),
                f"{forged} is being taken": partial(frames.solicitation, (_NOBODY, target), forged, None),
            }
            yield from ((f"{target}: {said}", scene.frame(mine, its_mac, p, family="ipv6")) for said, p in told.items())

    return lies(scene, claim, tell)


PROBE = Probe(
    "nd-advertisement",
    "identity",
    ("ipv6",),
    "an unasked neighbour advertisement or solicitation",
    held("nd"),
    _shots,
    poisons=True,
    honest="advertisement",
)
