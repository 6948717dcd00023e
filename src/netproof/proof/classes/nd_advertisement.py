"""ND poisoning: unasked, a guest tells a neighbour that somebody's address is at another MAC.

An advertisement says it outright; a solicitation says it of its own sender in passing, to a router as well; and one
from `::` (the question before one takes an address) makes the victim give its address up. Lies are of both kinds: the
victim's address with the attacker's MAC, and the attacker's own address with the victim's MAC.

And the same in disguise, for who filters by looks: in a second option, behind an extension header, in a fragment that
ends before it tells what it is, or of whom; and in the words of a router, as a redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import IPv6Address

from netproof.proof import frames
from netproof.proof.claim import Claim
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
            told = _lies(target, (own, me), (forged, forged_mac)) | _disguised(target, (own, me), (forged, forged_mac))
            yield from ((f"{target}: {said}", scene.frame(mine, its_mac, p, family="ipv6")) for said, p in told.items())

    return lies(scene, claim, tell)


def _lies(target: Address, mine: _Identity, victims: _Identity) -> dict[str, Callable[[bytes], bytes]]:
    (own, me), (forged, forged_mac), ends = mine, victims, (mine[0], target)
    return {
        f"{forged} is at {me}": partial(frames.advertisement, ends, forged, me),
        f"{own} is at {forged_mac}": partial(frames.advertisement, ends, own, forged_mac),
        f"{own} is at {me}, says {forged}": partial(frames.advertisement, (forged, target), own, me),
        f"{own} asks from {forged_mac}": partial(frames.solicitation, ends, target, forged_mac),
        f"{own} seeks routers from {forged_mac}": partial(frames.router_solicitation, ends, forged_mac),
        f"{forged} is being taken": partial(frames.solicitation, (_NOBODY, target), forged, None),
        f"{forged} is reached by {own}": partial(frames.redirect, ends, own, forged, me),
    }


def _disguised(target: Address, mine: _Identity, victims: _Identity) -> dict[str, Callable[[bytes], bytes]]:
    (own, me), (forged, forged_mac), ends = mine, victims, (mine[0], target)
    plain = partial(frames.advertisement, ends, forged, me)
    second = f"and then from {forged_mac}"
    return {
        f"{own} is at {me}, {second}": partial(frames.advertisement, ends, own, me, second=forged_mac),
        f"{own} asks from {me}, {second}": partial(frames.solicitation, ends, target, me, second=forged_mac),
        f"{own} seeks routers from {me}, {second}": partial(frames.router_solicitation, ends, me, second=forged_mac),
        f"{forged} is at {me}, behind options": lambda token: frames.behind(plain(token), frames.OPTIONS),
        f"{forged} is at {me}, cut after its type": lambda token: frames.first_fragment(plain(token), 8),
        **{
            f"{forged} is at {me}, cut before it{word}": partial(_cut, plain, header)
            for word, header in ((", after options", frames.OPTIONS), (", after a route", frames.ROUTING))
        },
    }


def _cut(plain: Callable[[bytes], bytes], header: int, token: bytes) -> bytes:
    """Return the first fragment of what `plain` makes, which ends with a header before the message."""
    return frames.first_fragment(frames.behind(plain(token), header), 8)


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
