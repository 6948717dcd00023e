"""One datagram, no answer needed: a socket on the host that must not hear, or a station that the host forwards it to.

The frame goes to the MAC of the bridge. Who judges by pings alone calls this closed where only the way back is.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.aims import along_ways, reaches_closed
from netproof.proof.claim import Claim
from netproof.proof.parties import Way
from netproof.proof.policies import UDP, Opening
from netproof.proof.probe import UDP_PORT, Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_OPENING = Opening(UDP, UDP_PORT)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def load(way: Way, target: Address) -> RawFrame:
        source = scene.source_to(claim.to, way.stand, claim.family)

        def packet(token: bytes) -> bytes:
            return frames.udp(source, target, UDP_PORT, token)

        return scene.frame(way.stand, scene.bridge_mac(way), packet, family=claim.family)

    return along_ways(scene, claim, load, opening=_OPENING)


PROBE = Probe(
    "udp-one-way",
    "isolation",
    ("ipv4", "ipv6"),
    "one UDP datagram to the MAC of the bridge",
    reaches_closed(_OPENING),
    _shots,
)
