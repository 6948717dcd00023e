"""An endpoint pings its gateway: the one thing that a gateway does for itself, unless the policy denies it."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.gateways import decided, gateway_addresses, gateway_host
from netproof.proof.parties import stack_of, stands
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    host = gateway_host(site, from_)
    return host is not None and host.name == to and any(_targets(site, from_, to, family))


def _targets(site: Site, from_: str, to: str, family: str) -> tuple[Address, ...]:
    every = gateway_addresses(site, from_, family)
    return tuple(a for a in every if decided(site, (from_, a), (to, a), Opening(ICMP)) is not False)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    at = stack_of(claim.to, family_named(claim.family))
    for stand in stands(scene.site, claim.from_):
        for target in _targets(scene.site, claim.from_, claim.to, claim.family):
            yield Shot(str(target), stand.spot, OwnStack(target), at)


PROBE = Probe("gateway-echo", "reach", ("ipv4", "ipv6"), "ICMP echo to the gateway", _applies, _shots, expect="deliver")
