"""A guest tells a neighbour a better way to somebody, as routers do: what is for him then comes by the guest.

ND redirects (RFC 4861, section 8; ``redir6``) work on any bridge, on whoever accepts them (``accept_redirects``, on by
default where nobody forwards) from the router in use: so one is told in the own name, one in another's. And in
disguise, as `router-advertisement` is. What is redirected is an address set aside for tests: whoever believes it loses
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import shared_segment
from netproof.proof.claim import Claim
from netproof.proof.discovery import bare, disguised, redirect
from netproof.proof.forgery import guarded, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import STRANGER, Scene
from netproof.site.model import Site
from netproof.values.address import link_local_of


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    is_held = guarded(site, from_, "ra") or guarded(site, from_, "nd")
    return is_held and any(its.addresses("ipv6") for _, its in shared_segment(site, from_, to))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        own, hearer = link_local_of(scene.mac(mine)), link_local_of(scene.mac(its))
        body = redirect(own, STRANGER["ipv6"], scene.mac(mine))
        for router in (own, link_local_of(scene.victim_mac(victim))):
            packet = partial(bare, (router, hearer), body)
            yield f"{router}", scene.frame(mine, scene.mac(its), packet, family="ipv6")
        # For everybody, so that one frame of each disguise will do for all who may hear it.
        everybody, plain = frames.multicast_mac(frames.ALL_NODES), partial(bare, (own, frames.ALL_NODES), body)
        for said, hidden in disguised(f"{own} to all", plain).items():
            yield said, scene.frame(mine, everybody, hidden, family="ipv6")

    return lies(scene, claim, tell)


PROBE = Probe("nd-redirect", "identity", ("ipv6",), "an ND redirect", _applies, _shots, honest="advertisement")
