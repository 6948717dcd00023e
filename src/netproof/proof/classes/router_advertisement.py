"""A guest says to be a router: whoever believes it sends there what is for elsewhere, or takes addresses of its choice.

Rogue router advertisements (RFC 6104) work on any bridge, on hosts that accept them (Linux does by default), and best
where nobody speaks IPv6 on purpose: so everybody is told, with an IPv6 address or none. In the own name and in
another's, as the real router would take its word back. And in disguise, past filters that look for ICMPv6 right behind
the IPv6 header (RFC 7113): behind options, in a fragment, in one that ends before it tells what it is.

What is sent has lifetime 0 and specifies nothing: whoever gets it has been reached, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import shared_segment
from netproof.proof.claim import Claim
from netproof.proof.forgery import guarded, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import link_local_of


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    return guarded(site, from_, "ra") and any(shared_segment(site, from_, to))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        own, forged = link_local_of(scene.mac(mine)), link_local_of(scene.victim_mac(victim))
        plain = partial(frames.router_advertisement, (own, frames.ALL_NODES))
        everybody = frames.multicast_mac(frames.ALL_NODES)
        yield f"{own} to all", scene.frame(mine, everybody, plain, family="ipv6")
        told: dict[str, Callable[[bytes], bytes]] = {
            f"{own}": plain,
            f"{forged}": partial(frames.router_advertisement, (forged, frames.ALL_NODES)),
            **_disguised(str(own), plain),
        }
        yield from ((said, scene.frame(mine, scene.mac(its), p, family="ipv6")) for said, p in told.items())

    return lies(scene, claim, tell, addressed=False)


def _disguised(own: str, plain: Callable[[bytes], bytes]) -> dict[str, Callable[[bytes], bytes]]:
    return {
        f"{own}, behind options": lambda token: frames.behind(plain(token), frames.OPTIONS),
        f"{own}, behind hop-by-hop options": lambda token: frames.behind(plain(token), frames.HOP_BY_HOP),
        f"{own}, cut after its type": lambda token: frames.first_fragment(plain(token), 8),
        f"{own}, behind options, cut after its type": lambda token: frames.first_fragment(
            frames.behind(plain(token), frames.OPTIONS), 16
        ),
        f"{own}, cut before it, after options": lambda token: frames.first_fragment(
            frames.behind(plain(token), frames.OPTIONS), 8
        ),
    }


PROBE = Probe(
    "router-advertisement",
    "identity",
    ("ipv6",),
    "a router advertisement",
    _applies,
    _shots,
    honest="advertisement",
)
