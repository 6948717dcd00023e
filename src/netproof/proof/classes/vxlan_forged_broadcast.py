"""One forged VXLAN packet with a broadcast in it comes out at every endpoint of the segment on that host.

From the MAC of another member, in an ethertype that no filter of ARP or IP reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.transports import applies, forgeries


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(liar: Stand, _hearer: Stand) -> Iterator[tuple[str, RawFrame]]:
        build = partial(frames.ethernet, frames.BROADCAST_MAC, scene.victim_mac(liar), frames.EXPERIMENTAL)
        yield f"a broadcast as {liar.node or 'nobody'}", RawFrame(build)

    return forgeries(scene, claim, tell)


PROBE = Probe(
    "vxlan-forged-broadcast",
    "transport",
    ("ipv4", "ipv6"),
    "a broadcast in VXLAN from no VTEP's address",
    applies,
    _shots,
    poisons=True,
)
