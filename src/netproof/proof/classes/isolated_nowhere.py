"""The host pings, from an isolated address, a station that no way leads to by that NIC: it does not leave by another.

Configured plainly, it goes by the default route of another NIC, with a source that nobody there knows the way back to.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.parties import stack_of
from netproof.proof.paths import Way, arrival, isolated, own_addresses, way
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _strays(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Address, Address, Way]]:
    """Yield each isolated source with each address that only another NIC leads to, and the way there."""
    if from_ in site.hosts and not site.hosts[from_].rules:
        for target in own_addresses(site.stations[to].nics, family):
            sources = own_addresses(isolated(site.hosts[from_]), family)
            if other := way(site, from_, None, target):
                yield from ((source, target, other) for source in sources if not way(site, from_, source, target))


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_strays(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    site, sender = scene.site, stack_of(claim.from_, family_named(claim.family))
    for source, target, other in _strays(site, claim.from_, claim.to, claim.family):
        at = arrival(site.stations[claim.to], other)
        yield Shot(f"{target} from {source}", sender, OwnStack(target, chosen=source), at)


PROBE = Probe(
    "isolated-nowhere", "path", ("ipv4", "ipv6"), "ICMP echo of the host, from an isolated address", _applies, _shots
)
