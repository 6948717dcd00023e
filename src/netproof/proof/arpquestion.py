"""ARP requests for a host's addresses: there the reply itself is what is denied, and it is seen at the sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.parties import Stand, beside, members, targets, ways
from netproof.proof.probe import Answer, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_NOBODY = "00:00:00:00:00:00"


def question(scene: Scene, claim: Claim, asker: Callable[[Stand], Address]) -> Iterator[Shot]:
    """Yield a broadcast ARP request for each address of the host, its sender address as `asker` says."""
    for way in ways(scene.site, claim.from_, claim.to):
        stand, me = way.stand, asker(way.stand)
        # A neighbour that bears the same address on this Ethernet may answer for itself.
        # So may a NIC of the host that is on this Ethernet by itself: it answers the network, not the segment.
        beside_it = (Stand(h, n.name, "", n.addresses) for h, n in beside(scene.site, stand.segment) if h == way.host)
        own = frozenset(scene.mac(m) for m in (*members(scene.site, stand.segment), *beside_it))
        for target in targets(scene.site, way, claim.to, "ipv4"):
            load = request(scene.mac(stand), me, target)
            answer = Answer(target, me, own)
            yield Shot(str(target), stand.spot, load, stand.spot, scene.innocent(stand), answer)


def request(mac: str, asker: Address, target: Address, *, claimed: str | None = None) -> RawFrame:
    """Return a broadcast ARP request for `target` of one at `mac` who says to be `asker`, and at `mac` or `claimed`."""

    def build(token: bytes) -> bytes:
        message = frames.arp(frames.ARP_REQUEST, (claimed or mac, asker), (_NOBODY, target), token)
        return frames.ethernet(frames.BROADCAST_MAC, mac, frames.ARP, message)

    return RawFrame(build)
