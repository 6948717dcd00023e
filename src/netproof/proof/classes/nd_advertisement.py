"""ND poisoning: unasked, a guest tells a neighbour that somebody's address is at another MAC.

An advertisement says it outright; a solicitation says it of its own sender in passing, to a router as well; and one
from `::` (the question before one takes an address) makes the victim give its address up. Lies are of both kinds: the
victim's address with the attacker's MAC, and the attacker's own address with the victim's MAC.

And the same in disguise, for who filters by looks: in a second option, behind an extension header, in a fragment that
ends before it tells what it is, or of whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv6Address

from netproof.proof.claim import Claim
from netproof.proof.discovery import Packet, advertisement, bare, disguised, router_solicitation, solicitation
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_NOBODY = IPv6Address("::")
_Identity = tuple[Address, str]


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        me, its_mac, forged_mac = scene.mac(mine), scene.mac(its), scene.victim_mac(victim)
        forged, own = scene.victim_address(victim, its, "ipv6"), scene.source(mine, "ipv6")
        for target in its.addresses("ipv6"):
            told = _lies(target, (own, me), (forged, forged_mac))
            yield from ((f"{target}: {said}", scene.frame(mine, its_mac, p, family="ipv6")) for said, p in told.items())

    return lies(scene, claim, tell)


def _lies(target: Address, mine: _Identity, victims: _Identity) -> dict[str, Packet]:
    (own, me), (forged, forged_mac), ends = mine, victims, (mine[0], target)
    plain = partial(bare, ends, advertisement(forged, me))
    second = f"and then from {forged_mac}"
    return {
        f"{forged} is at {me}": plain,
        f"{own} is at {forged_mac}": partial(bare, ends, advertisement(own, forged_mac)),
        f"{own} is at {me}, says {forged}": partial(bare, (forged, target), advertisement(own, me)),
        f"{own} asks from {forged_mac}": partial(bare, ends, solicitation(target, forged_mac)),
        f"{own} seeks routers from {forged_mac}": partial(bare, ends, router_solicitation(forged_mac)),
        f"{forged} is being taken": partial(bare, (_NOBODY, target), solicitation(forged)),
        f"{own} is at {me}, {second}": partial(bare, ends, advertisement(own, me, forged_mac)),
        f"{own} asks from {me}, {second}": partial(bare, ends, solicitation(target, me, forged_mac)),
        f"{own} seeks routers from {me}, {second}": partial(bare, ends, router_solicitation(me, forged_mac)),
        **disguised(f"{forged} is at {me}", plain),
    }


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
