"""ND poisoning: an unasked, overriding advertisement tells a neighbour that the victim's address is at another MAC.

Two lies: the victim's address with the attacker's own MAC, and the attacker's own address with the victim's MAC.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        me, forged_mac = scene.mac(mine), scene.victim_mac(victim)
        forged, own = scene.victim_address(victim, its, "ipv6"), scene.source(mine, "ipv6")
        for target in its.addresses("ipv6"):
            yield f"{target}: {forged} is at {me}", _frame(scene, mine, its, (own, target, forged, me))
            yield f"{target}: {own} is at {forged_mac}", _frame(scene, mine, its, (own, target, own, forged_mac))

    return lies(scene, claim, tell)


def _frame(scene: Scene, mine: Stand, its: Stand, said: tuple[Address, Address, Address, str]) -> RawFrame:
    return scene.frame(mine, scene.mac(its), lambda token: frames.advertisement(*said, token), family="ipv6")


PROBE = Probe(
    "nd-advertisement",
    "identity",
    ("ipv6",),
    "an unasked neighbour advertisement",
    held("nd"),
    _shots,
    poisons=True,
    honest="advertisement",
)
