"""A guest tells a neighbour, in the name of its router, to send what is for somebody by the guest.

ICMP redirects (RFC 792, type 5) work on any bridge, on hosts that accept them (``accept_redirects``, on by default
where nobody forwards) from the router in use: so they are forged, and a guard of addresses stops them. Told plainly,
behind a recorded route, past filters that read ICMP at a fixed place, and in a first fragment. What is redirected is an
address set aside for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from netproof.proof import frames, packets
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.frames import Ends
from netproof.proof.parties import Stand
from netproof.proof.probe import UDP_PORT, Probe, RawFrame, Shot
from netproof.proof.scene import STRANGER, Scene
from netproof.values.address import Address

_CUT = 64
"""Octets of the first fragment, a multiple of 8: up to its mark, and past it."""


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        own = scene.source(mine, "ipv4")
        for target in its.addresses("ipv4"):
            router = (not scene.live and _router(scene, mine, its)) or scene.victim_address(victim, its, "ipv4")
            plain = partial(_redirect, (router, target), own)
            for said, packet in _dressed(plain).items():
                yield f"{target}: {router}{said}", scene.frame(mine, scene.mac(its), packet, family="ipv4")

    return lies(scene, claim, tell)


def _router(scene: Scene, mine: Stand, its: Stand) -> Address | None:
    """Return the router that the hearer uses by declaration, if the liar is not that itself."""
    endpoint = scene.site.endpoints.get(its.node)
    routers = endpoint.gateways if endpoint else ()
    return next((g for g in routers if g.version == 4 and g not in mine.addresses("ipv4")), None)


def _redirect(ends: Ends, via: Address, token: bytes) -> bytes:
    return packets.redirect(ends, via, frames.udp(ends[1], STRANGER["ipv4"], UDP_PORT, token))


def _dressed(plain: Callable[[bytes], bytes]) -> dict[str, Callable[[bytes], bytes]]:
    def first_fragment(token: bytes) -> bytes:
        return packets.fragments(plain(token.ljust(_CUT, b"\0")), _CUT, packets.number_of("redirect", token))[0]

    return {
        "": plain,
        ", behind a recorded route": lambda token: packets.with_options(plain(token), packets.RECORD_ROUTE),
        ", its first fragment": first_fragment,
    }


PROBE = Probe("icmp-redirect", "identity", ("ipv4",), "an ICMP redirect in a router's name", held("ip"), _shots)
