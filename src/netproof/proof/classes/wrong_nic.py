"""A frame to the MAC of one NIC of the host with a packet for an address of another, one of the two isolated.

Linux takes it, whatever NIC the address is on: traffic for an isolated address then uses other NICs, and the reverse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.doors import wrong_doors
from netproof.proof.parties import stack_of
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(wrong_doors(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    at = stack_of(claim.to, family_named(claim.family))
    for door in wrong_doors(scene.site, claim.from_, claim.to, claim.family):
        for source in door.sources(scene, claim.family):
            packets = (partial(frames.echo, source, door.target), partial(frames.udp, source, door.target, UDP_PORT))
            for packet in packets:
                load = scene.frame(door.stand, door.mac(scene), packet, family=claim.family)
                yield Shot(str(door.target), door.stand.spot, load, at, door.innocent(scene.site))


PROBE = Probe("wrong-nic", "path", ("ipv4", "ipv6"), "ping and UDP to the MAC of another NIC", _applies, _shots)
