"""A frame to the MAC of the host and a packet for a station beyond, one of the two NICs isolated: none is forwarded."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.aims import landing
from netproof.proof.claim import Claim
from netproof.proof.doors import ways_through
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(ways_through(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for door in ways_through(scene.site, claim.from_, claim.to, claim.family):
        source, target = door.source(claim.family), door.target
        load = scene.frame(
            door.stand,
            door.mac(scene),
            lambda token, source=source, target=target: frames.echo(source, target, token, reply=True),  # type: ignore[misc]
            family=claim.family,
        )
        at = landing(scene.site, claim.to, target)
        yield Shot(str(target), door.stand.spot, load, at, door.innocent(scene.site))


PROBE = Probe("through-host", "path", ("ipv4", "ipv6"), "an ICMP echo reply to the MAC of the host", _applies, _shots)
