"""A guest tags its frames: filters that read the ethertype see 0x8100 instead of IP, and its neighbours see a VLAN.

Tried with an 802.1Q tag, a priority tag (VID 0) and an 802.1ad tag; the packet inside is true.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.frames import DOT1AD, DOT1Q
from netproof.proof.honest import unicast
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged

_TAGS = {"802.1Q, VID 7": [(DOT1Q, 7)], "802.1Q, VID 0": [(DOT1Q, 0)], "802.1ad, VID 7": [(DOT1AD, 7)]}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, _victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        plain = unicast(scene, mine, its)
        yield from ((said, tagged(plain, tags)) for said, tags in _TAGS.items())

    return lies(scene, claim, tell)


PROBE = Probe("vlan-tag", "identity", ("l2",), "a tagged frame", held("vlan"), _shots)
