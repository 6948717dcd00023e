"""A guest says to be a router: whoever believes it sends there what is for elsewhere, or takes addresses of its choice.

Rogue router advertisements (RFC 6104) work on any bridge, on hosts that accept them (Linux does by default), and best
where nobody speaks IPv6 on purpose: so everybody is told, with an IPv6 address or none. In the own name and in
another's, as the real router would take its word back. And in disguise, past filters that look for ICMPv6 right behind
the IPv6 header (RFC 7113): behind options, in a fragment, in one that ends before it tells what it is.

What is sent has lifetime 0 and specifies nothing: whoever gets it has been reached, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import shared_segment
from netproof.proof.claim import Claim
from netproof.proof.discovery import Packet, bare, disguised, router_advertisement
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
        plain = partial(bare, (own, frames.ALL_NODES), router_advertisement())
        everybody = frames.multicast_mac(frames.ALL_NODES)
        yield f"{own} to all", scene.frame(mine, everybody, plain, family="ipv6")
        told: dict[str, Packet] = {
            f"{own}": plain,
            f"{forged}": partial(bare, (forged, frames.ALL_NODES), router_advertisement()),
            **disguised(str(own), plain),
        }
        yield from ((said, scene.frame(mine, scene.mac(its), p, family="ipv6")) for said, p in told.items())

    return lies(scene, claim, tell, addressed=False)


PROBE = Probe(
    "router-advertisement",
    "identity",
    ("ipv6",),
    "a router advertisement",
    _applies,
    _shots,
    honest="advertisement",
)
