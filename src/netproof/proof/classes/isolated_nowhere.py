"""The host pings, from an isolated address, a station that no way leads to by that NIC: it does not leave by another.

By a gateway that goes no further it leaves rightly: who is on the networks that it crosses then may see it.

Configured plainly, it goes by the default route of another NIC, with a source that nobody there knows the way back to.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.parties import Spot, stack_of
from netproof.proof.paths import Way, arrival, course, isolated, own_addresses, way
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address


def _strays(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Address, Address, Way, Way]]:
    """Yield isolated sources with addresses that only another NIC leads to, the way there, and how far its own leads.

    Not where that leads onto the very network on which it would arrive by the other.
    """
    if from_ in site.hosts and not site.hosts[from_].rules:
        for target in own_addresses(site.stations[to].nics, family):
            other = way(site, from_, None, target)
            for source in own_addresses(isolated(site.hosts[from_]), family) if other else ():
                own, arrives = course(site, from_, source, target)
                if other and not arrives and other[-1].nic.network not in {step.nic.network for step in own}:
                    yield source, target, other, own


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_strays(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    site, sender = scene.site, stack_of(claim.from_, family_named(claim.family))
    for source, target, other, own in _strays(site, claim.from_, claim.to, claim.family):
        at = arrival(site.stations[claim.to], other)
        crossed = {step.nic.network for step in own}
        beside = frozenset(Spot(s.name, n.name) for s in site.stations.values() for n in s.nics if n.network in crossed)
        yield Shot(f"{target} from {source}", sender, OwnStack(target, chosen=source), at, beside)


PROBE = Probe(
    "isolated-nowhere", "path", ("ipv4", "ipv6"), "ICMP echo of the host, from an isolated address", _applies, _shots
)
