"""A guest speaks LLDP to the host's daemon, through a closed bridge too.

Frames to 01:80:c2:00:00:0e never enter the bridge device: its ingress and the bridge's input hook miss them (6.18);
a socket bound to LLDP on the port, as lldpd has, hears them. Only a filter on the port itself stops that.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.parties import Spot, ways
from netproof.proof.portgroups import at_own_port
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    at = Spot(claim.to, scene.port(claim.from_))
    for way in ways(scene.site, claim.from_, claim.to):
        stand = way.stand
        yield Shot(f"port {at.where}", stand.spot, _frame(scene.mac(stand)), at, scene.innocent(stand))


def _frame(mac: str) -> RawFrame:
    return RawFrame(lambda token: frames.ethernet(frames.LLDP_GROUP_MAC, mac, frames.LLDP, frames.lldp(mac, token)))


PROBE = Probe(
    "lldp-to-host", "isolation", ("l2",), "a frame to the group of LLDP, 01:80:c2:00:00:0e", at_own_port, _shots
)
