"""A datagram to the gateway's own address: an address that answers pings is not one that serves.

Sockets of the host that listen at every address, as most do, listen at the gateway's too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.gateways import decided, gateway_addresses, gateway_host
from netproof.proof.parties import Way, stack_of, stands
from netproof.proof.policies import UDP, Opening
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    host = gateway_host(site, from_)
    return host is not None and host.name == to and any(_targets(site, from_, to, family))


def _targets(site: Site, from_: str, to: str, family: str) -> tuple[Address, ...]:
    """Return the gateway's addresses but those at which a line of the policy allows what this class sends."""
    every = gateway_addresses(site, from_, family)
    return tuple(a for a in every if not decided(site, (from_, a), (to, a), Opening(UDP, UDP_PORT)))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    at = stack_of(claim.to, family_named(claim.family))
    for stand in stands(scene.site, claim.from_):
        for target in _targets(scene.site, claim.from_, claim.to, claim.family):
            source = scene.source(stand, claim.family)
            mac = scene.bridge_mac(Way(stand, claim.to))
            packet = partial(_datagram, source, target)
            frame = scene.frame(stand, mac, packet, family=claim.family)
            yield Shot(str(target), stand.spot, frame, at, scene.innocent(stand))


def _datagram(source: Address, target: Address, token: bytes) -> bytes:
    return frames.udp(source, target, UDP_PORT, token)


PROBE = Probe(
    "gateway-service", "isolation", ("ipv4", "ipv6"), "a UDP datagram to the gateway's address", _applies, _shots
)
