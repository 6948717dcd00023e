"""A guest that knows the bridge's MAC (every BPDU tells it) needs no ARP: one static neighbour entry, then ping."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import echo_to_mac, reaches_closed
from netproof.proof.claim import Claim
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return to in site.hosts and reaches_closed(Opening(ICMP))(site, from_, to, family)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return echo_to_mac(scene, claim, lambda way, _target: scene.bridge_mac(way), opening=Opening(ICMP))


PROBE = Probe(
    "neigh-right-mac",
    "isolation",
    ("ipv4", "ipv6"),
    "a static neighbour entry with the MAC of the bridge, then ICMP",
    _applies,
    _shots,
)
