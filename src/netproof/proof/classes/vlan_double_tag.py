"""A guest tags its frames twice: a switch that strips the outer tag carries what is left into the VLAN of the inner."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import shared_segment
from netproof.proof.claim import Claim
from netproof.proof.forgery import guarded, lies
from netproof.proof.frames import DOT1AD, DOT1Q
from netproof.proof.honest import unicast
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged
from netproof.site.endpoints import GUARD_ITEMS
from netproof.site.model import Site

_TAGS = {"802.1ad and 802.1Q": [(DOT1AD, 7), (DOT1Q, 9)], "802.1Q twice": [(DOT1Q, 7), (DOT1Q, 9)]}


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    """Double tags never pass a guard, even one that lets a single tag through; only no guard at all passes them."""
    return any(guarded(site, from_, item) for item in GUARD_ITEMS) and any(shared_segment(site, from_, to))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, _victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        plain = unicast(scene, mine, its)
        yield from ((said, tagged(plain, tags)) for said, tags in _TAGS.items())

    return lies(scene, claim, tell)


PROBE = Probe("vlan-double-tag", "identity", ("l2",), "a frame with two tags", _applies, _shots)
