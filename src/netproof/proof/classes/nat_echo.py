"""An endpoint pings who is outside, by its default route: the question comes out there, and the answer comes back.

Without NAT the question may come out too, but nobody outside knows the way back.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.gateways import decided, gateway_addresses, outside
from netproof.proof.parties import Spot, stands
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    if to not in site.stations or not gateway_addresses(site, from_, family):
        return False
    return any(_targets(site, from_, to, family))


def _targets(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Address, Spot]]:
    for target, at in outside(site, from_, to, family):
        if decided(site, (from_, target), (to, target), Opening(ICMP)) is not False:
            yield target, at


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for stand in stands(scene.site, claim.from_):
        for target, at in _targets(scene.site, claim.from_, claim.to, claim.family):
            yield Shot(str(target), stand.spot, OwnStack(target), at, echoed=True)


PROBE = Probe(
    "nat-echo", "reach", ("ipv4", "ipv6"), "ICMP echo through NAT, and its answer", _applies, _shots, expect="deliver"
)
