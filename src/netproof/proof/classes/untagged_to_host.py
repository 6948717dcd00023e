"""Somebody on a trunk sends the host IP without a tag, or with VID 0: the NIC has no address, and the host has others.

Linux takes a packet for any of its addresses on any link, and VID 0 for no tag at all. So a NIC of which only VLANs are
meant to be used is a way into the host for whoever is on the cable.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.frames import DOT1Q
from netproof.proof.parties import Spot, Stand, stack_of
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import STRANGER, Scene
from netproof.proof.tags import tagged
from netproof.proof.trunks import around, cables
from netproof.site.model import Site
from netproof.values.address import Address, family_of

_TAGS = {"no tag": [], "VID 0": [(DOT1Q, 0)]}


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return to in site.hosts and bool(_addresses(site, to, family)) and any(cables(site, from_, to))


def _addresses(site: Site, host: str, family: str) -> list[Address]:
    return [a.ip for a in site.hosts[host].addresses if family_of(a) == family and not a.is_link_local]


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    site, family = scene.site, family_named(claim.family)
    for mine, nic in cables(site, claim.from_, claim.to):
        stand, trunk = Stand(*mine, "", ()), site.stations[mine.node].nic(mine.where).network
        innocent = around(site, trunk)
        for target in _addresses(site, claim.to, family):
            packet = partial(frames.udp, STRANGER[family], target, UDP_PORT)
            plain = scene.frame(stand, scene.mac_at(Spot(claim.to, nic)), packet, family=family)
            for told, tags in _TAGS.items():
                yield Shot(f"{target} with {told}", mine, tagged(plain, tags), stack_of(claim.to, family), innocent)


PROBE = Probe(
    "untagged-to-host",
    "isolation",
    ("ipv4", "ipv6"),
    "one UDP datagram to the NIC, not tagged",
    _applies,
    _shots,
)
