"""Somebody takes the link-local addresses for what a line of the policy denies: they are there undeclared.

A policy that matches addresses lets them pass (tried); one that is bound to ports and MACs does not. From the own
link-local address to the other's, and from either to a declared one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.parties import Stand
from netproof.proof.policies import Meeting, company, meet
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address, link_local_of


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return flows.applies(flows.first_denied, partial(_meetings, Scene(site, {})))(site, from_, to, family)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return flows.starts(flows.first_denied, partial(_meetings, scene))(scene, claim)


def _meetings(scene: Scene, site: Site, from_: str, to: str, _family: str) -> Iterator[Meeting]:
    for mine, its in company(site, from_, to):
        sources, targets = _addresses(scene, mine), _addresses(scene, its)
        for source, target in product(sources, targets):
            if source.is_link_local or target.is_link_local:
                yield meet(site, mine, its, source, target)


def _addresses(scene: Scene, stand: Stand) -> tuple[Address, ...]:
    """Return the link-local address of `stand`, and its first declared one."""
    return (link_local_of(scene.mac(stand)), *stand.addresses("ipv6")[:1])


PROBE = Probe(
    "link-local",
    "policy",
    ("ipv6",),
    "what a line denies, by link-local addresses",
    _applies,
    _shots,
    honest="neighbour",
)
