"""A guest sends packets from its neighbour's address: past source filters, or to draw answers onto the victim.

Also from the unspecified address, which is nobody's and passes many a list of forbidden ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_NOBODY: dict[str, Address] = {"ipv4": IPv4Address(0), "ipv6": IPv6Address(0)}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        for forged in (scene.victim_address(victim, its, claim.family), _NOBODY[claim.family]):
            for target in its.addresses(claim.family):
                yield f"{target} from {forged}", _frame(scene, mine, its, (forged, target))

    return lies(scene, claim, tell)


def _frame(scene: Scene, mine: Stand, its: Stand, ends: tuple[Address, Address]) -> RawFrame:
    family = "ipv6" if ends[0].version == 6 else "ipv4"
    return scene.frame(mine, scene.mac(its), lambda token: frames.echo(*ends, token, reply=True), family=family)


PROBE = Probe("ip-spoof", "identity", ("ipv4", "ipv6"), "a packet from another's address", held("ip"), _shots)
