"""A guest speaks a protocol of its own to its neighbours: what no rule about IP and ARP reads, no such rule stops.

Tried with an ethertype that IEEE 802 leaves to experiments, and with a frame that has a length instead (IEEE 802.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, _victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        me, hearer = scene.mac(mine), scene.mac(its)
        yield (
            f"ethertype 0x{frames.EXPERIMENTAL:04x}",
            RawFrame(partial(frames.ethernet, hearer, me, frames.EXPERIMENTAL)),
        )
        yield "IEEE 802.3", RawFrame(partial(frames.with_length, hearer, me))

    return lies(scene, claim, tell)


PROBE = Probe("ethertype", "identity", ("l2",), "a frame of neither ARP nor IP", held("ethertype"), _shots)
