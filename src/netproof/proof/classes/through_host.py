"""A frame to the MAC of the host and a packet for a station beyond: none is forwarded.

Not where one of the two NICs is isolated, nor where the host forwards only because it is the gateway of a segment: in
IPv6 a kernel then forwards between all links (6.18).

A host that forwards may still send it on over another network, as it would to any address that it is not beside: it
must not leave by the NIC that is beside the station.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import landing
from netproof.proof.claim import Claim
from netproof.proof.doors import ways_through
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import Scene
from netproof.proof.trails import Trail
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(ways_through(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for passage in ways_through(scene.site, claim.from_, claim.to, claim.family):
        door, at = passage.door, landing(scene.site, claim.to, passage.door.target)
        for source in passage.sources(claim.family):
            for packet, is_reply in (
                (partial(frames.echo, source, door.target, reply=True), True),
                (partial(frames.udp, source, door.target, UDP_PORT), False),
            ):
                load = scene.frame(door.stand, door.mac(scene), packet, family=claim.family)
                trail = Trail(passage.last(scene, reply=is_reply))
                yield Shot(f"{door.target} as {source}", door.stand.spot, load, at, trail=trail)


PROBE = Probe(
    "through-host", "path", ("ipv4", "ipv6"), "an echo reply and UDP to the MAC of the host", _applies, _shots
)
