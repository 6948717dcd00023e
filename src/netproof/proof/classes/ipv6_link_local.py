"""``ping fe80::…%eth0``: a bridge without any address still has a link-local one, made from its MAC.

Tried twice: through the guest's own stack, with real ND, and in a frame to the bridge's MAC, which needs none. Where
several hosts are one gateway they share MAC and address, and the nearest of them is the only one that it leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.intohost import hears, own_bridges
from netproof.proof.parties import stack_of
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for way in own_bridges(scene.site, claim.from_, claim.to):
        target, at, innocent = scene.bridge_link_local(way), stack_of(claim.to, "ipv6"), scene.innocent(way.stand)
        packet = partial(frames.echo, scene.source(way.stand, "ipv6"), target)
        frame = scene.frame(way.stand, scene.bridge_mac(way), packet, family="ipv6")
        yield Shot(str(target), way.stand.spot, OwnStack(target), at, innocent)
        yield Shot(f"{target} without ND", way.stand.spot, frame, at, innocent)


PROBE = Probe(
    "ipv6-link-local", "isolation", ("ipv6",), "ICMPv6 to the link-local address of the bridge", hears, _shots
)
