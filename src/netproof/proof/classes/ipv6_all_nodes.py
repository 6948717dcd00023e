"""``ping ff02::1%eth0``: every IPv6 stack on the wire hears, the host's own on its bridge too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import along_ways, has_way_to_host
from netproof.proof.claim import Claim
from netproof.proof.parties import Way
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def load(way: Way, group: Address) -> RawFrame:
        packet = partial(frames.echo, scene.source(way.stand, "ipv6"), group)
        return scene.frame(way.stand, frames.multicast_mac(group), packet, family="ipv6")

    found = along_ways(scene, claim, load, aim=lambda _way: (frames.ALL_NODES,))
    return (replace(shot, to_all=True) for shot in found)


PROBE = Probe("ipv6-all-nodes", "isolation", ("ipv6",), "ICMPv6 to all nodes, ff02::1", has_way_to_host, _shots)
