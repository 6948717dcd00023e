"""ARP poisoning: an unasked reply tells a neighbour that the victim's address is at the attacker's MAC.

Two lies: the victim's address with the attacker's own MAC, and the attacker's own address with the victim's MAC. And
the first once more in a message of another hardware type, IEEE 802, which Linux takes for Ethernet's (6.18).
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
        forged, own = scene.victim_address(victim, its, "ipv4"), scene.source(mine, "ipv4")
        for target in its.addresses("ipv4"):
            hearer = (scene.mac(its), target)
            yield f"{target}: {forged} is at {me}", _frame(me, (me, forged), hearer)
            yield f"{target}: {own} is at {forged_mac}", _frame(me, (forged_mac, own), hearer)
            yield f"{target}: {forged} is at {me}, by IEEE 802", _frame(me, (me, forged), hearer, frames.IEEE_802)

    return lies(scene, claim, tell)


def _frame(
    mac: str, claimed: tuple[str, Address], hearer: tuple[str, Address], hardware: int = frames.ETHERNET
) -> RawFrame:
    def build(token: bytes) -> bytes:
        message = frames.arp(frames.ARP_REPLY, claimed, hearer, token, hardware=hardware)
        return frames.ethernet(hearer[0], mac, frames.ARP, message)

    return RawFrame(build)


PROBE = Probe(
    "arp-reply", "identity", ("ipv4",), "an unasked ARP reply", held("arp"), _shots, poisons=True, honest="arp"
)
