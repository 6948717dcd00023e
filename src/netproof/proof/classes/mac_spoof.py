"""A container's root changes its MAC to its neighbour's (``ip link set eth0 address …``) and takes over its traffic.

The bridge moves the FDB entry with the first frame. The packet inside is true, so only a guard of MACs can stop it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies, name_of
from netproof.proof.honest import unicast
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        true, forged = unicast(scene, mine, its).build, frames.mac_bytes(scene.victim_mac(victim))
        yield f"the MAC of {name_of(victim)}", RawFrame(lambda token: _with_source(true(token), forged))

    return lies(scene, claim, tell)


def _with_source(frame: bytes, mac: bytes) -> bytes:
    return frame[:6] + mac + frame[12:]


PROBE = Probe("mac-spoof", "identity", ("l2",), "a frame from another's MAC", held("mac"), _shots, poisons=True)
