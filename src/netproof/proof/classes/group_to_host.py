"""A guest speaks to the groups that a host's daemons join on every link: mDNS, LLMNR and SSDP.

Whoever listens there (avahi, systemd-resolved, a media server) answers with names, addresses and services of the host,
and has had holes of its own (CVE-2017-14491 came by such a datagram). Sent to 224.0.0.251, 224.0.0.252 and
239.255.255.250, and to ff02::fb, ff02::1:3 and ff02::c, which the proof joins on the bridge for as long as it listens:
for groups that nobody has joined there Linux hands up nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import along_ways, has_way_to_host
from netproof.proof.claim import Claim
from netproof.proof.ears import GROUPS
from netproof.proof.parties import Way
from netproof.proof.probe import UDP_PORT, Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    version = 6 if claim.family == "ipv6" else 4

    def load(way: Way, group: Address) -> RawFrame:
        source = scene.source_to(claim.to, way.stand, claim.family)
        packet = partial(frames.udp, source, group, UDP_PORT)
        return scene.frame(way.stand, frames.multicast_mac(group), packet, family=claim.family)

    return along_ways(scene, claim, load, aim=lambda _way: tuple(g for g in GROUPS if g.version == version))


PROBE = Probe(
    "group-to-host",
    "isolation",
    ("ipv4", "ipv6"),
    "a UDP datagram to a group of mDNS, LLMNR or SSDP",
    has_way_to_host,
    _shots,
    in_earnest=True,
)
