"""A gratuitous ARP request announces the victim's address at the attacker's MAC to the whole segment at once."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_NOBODY = "00:00:00:00:00:00"


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        forged = scene.victim_address(victim, its, "ipv4")
        yield f"{forged} is at {scene.mac(mine)}", _frame(scene.mac(mine), forged)

    return lies(scene, claim, tell)


def _frame(mac: str, forged: Address) -> RawFrame:
    def build(token: bytes) -> bytes:
        message = frames.arp(frames.ARP_REQUEST, (mac, forged), (_NOBODY, forged), token)
        return frames.ethernet(frames.BROADCAST_MAC, mac, frames.ARP, message)

    return RawFrame(build)


PROBE = Probe(
    "arp-gratuitous", "identity", ("ipv4",), "a gratuitous ARP", held("arp"), _shots, poisons=True, honest="arp"
)
