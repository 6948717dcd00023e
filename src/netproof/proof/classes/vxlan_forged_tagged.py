"""One forged VXLAN packet with a tagged frame in it, past filters that read what is right behind the inner MACs.

A tag inside is what RFC 7348 tells VTEPs to drop, and Linux hands to the bridge all the same: there it comes out at the
endpoint, or in the VLAN of its choice where the bridge filters by VLAN. With an 802.1Q tag, a priority tag, and a
provider's around another.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.frames import DOT1AD, DOT1Q
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged
from netproof.proof.transports import applies, forgeries

_TAGS = {
    "an 802.1Q tag": [(DOT1Q, 7)],
    "a priority tag": [(DOT1Q, 0)],
    "two tags": [(DOT1AD, 7), (DOT1Q, 9)],
}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(liar: Stand, hearer: Stand) -> Iterator[tuple[str, RawFrame]]:
        build = partial(frames.ethernet, scene.mac(hearer), scene.victim_mac(liar), frames.EXPERIMENTAL)
        for said, tags in _TAGS.items():
            yield f"as {liar.node or 'nobody'} behind {said}", tagged(RawFrame(build), tags)

    return forgeries(scene, claim, tell)


PROBE = Probe(
    "vxlan-forged-tagged",
    "transport",
    ("ipv4", "ipv6"),
    "a tagged frame in VXLAN from no VTEP's address",
    applies,
    _shots,
    poisons=True,
)
