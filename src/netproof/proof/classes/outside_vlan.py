"""Somebody on a trunk sends what belongs to none of the VLANs that are bridged: without a tag, or with another one.

Whoever is on the trunk itself may send in each VLAN by its tag; that is the control. All else is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import hearers
from netproof.proof.claim import Claim
from netproof.proof.frames import DOT1AD, DOT1Q
from netproof.proof.parties import Spot, members
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged
from netproof.proof.trunks import around, stations_around, unused_vid
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, _family: str) -> bool:
    if to not in site.segments or not members(site, to):
        return False
    return any(station == from_ for station, _, _ in stations_around(site, to))


def _tags(vid: int, unused: int) -> dict[str, list[tuple[int, int]]]:
    return {
        "no tag": [],
        "VID 0": [(DOT1Q, 0)],
        f"VID {unused}": [(DOT1Q, unused)],
        f"VID {vid} behind {unused}": [(DOT1Q, unused), (DOT1Q, vid)],
        f"VID {vid} of 802.1ad": [(DOT1AD, vid)],
    }


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for sender, vid, trunk in _senders(scene, claim):
        for told, tags in _tags(vid, unused_vid(scene.site, trunk)).items():
            yield from _heard(scene, claim, (sender, trunk), tags, told)


def _ends(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for sender, vid, trunk in _senders(scene, claim):
        yield from _heard(scene, claim, (sender, trunk), [(DOT1Q, vid)], f"VID {vid}")


def _senders(scene: Scene, claim: Claim) -> Iterator[tuple[Spot, int, str]]:
    """Yield where the sender is on a trunk, the segment's VID there, and the trunk."""
    for station, ifname, vid in stations_around(scene.site, claim.to):
        if station == claim.from_:
            yield Spot(station, ifname), vid, scene.site.stations[station].nic(ifname).network


def _heard(
    scene: Scene, claim: Claim, sent: tuple[Spot, str], tags: Sequence[tuple[int, int]], told: str
) -> Iterator[Shot]:
    sender, trunk = sent
    plain = RawFrame(partial(frames.ethernet, frames.BROADCAST_MAC, scene.mac_at(sender), frames.EXPERIMENTAL))
    innocent = around(scene.site, trunk)
    for its in hearers(scene, claim.to):
        yield Shot(f"{its.node} with {told}", sender, tagged(plain, tags), its.spot, innocent)


PROBE = Probe(
    "outside-vlan", "isolation", ("l2",), "broadcasts without the tag of its VLAN", _applies, _shots, ends=_ends
)
