"""Somebody takes the family in which the other has no address for what a line of the policy denies.

The frame goes to the other's MAC, the packet to an address that nobody has: root at that end need only listen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.parties import Stand
from netproof.proof.policies import Meeting, company, meet
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import STRANGER, Scene
from netproof.site.model import Site
from netproof.values.address import Address, link_local_of


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return flows.applies(flows.first_denied, partial(_meetings, Scene(site, {})))(site, from_, to, family)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return flows.starts(flows.first_denied, partial(_meetings, scene))(scene, claim)


def _meetings(scene: Scene, site: Site, from_: str, to: str, family: str) -> Iterator[Meeting]:
    for mine, its in company(site, from_, to):
        if not its.addresses(family):
            yield from (meet(site, mine, its, source, STRANGER[family]) for source in _sources(scene, mine, family))


def _sources(scene: Scene, mine: Stand, family: str) -> tuple[Address, ...]:
    """Return an address that no guard refuses; none in IPv4 where none is declared."""
    return mine.addresses(family)[:1] or ((link_local_of(scene.mac(mine)),) if family == "ipv6" else ())


PROBE = Probe(
    "other-family",
    "policy",
    ("ipv4", "ipv6"),
    "what a line denies, in a family that the other has no address of",
    _applies,
    _shots,
    honest="neighbour",
)
