"""A guest sends by its gateway what is no gateway's business: to other addresses of the host, to hosts beyond.

The gateway must take in whatever is addressed to its MAC; here it is told from what is let out.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.aims import landing
from netproof.proof.claim import Claim
from netproof.proof.gateways import gateway_addresses, gateway_host, gateway_of, neighbours_of
from netproof.proof.parties import Stand, Way, stands, targets
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address, family_of


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return to not in site.segments and bool(_targets(site, from_, to, family))


def _targets(site: Site, from_: str, to: str, family: str) -> tuple[Address, ...]:
    host = gateway_host(site, from_)
    if host is None or not gateway_addresses(site, from_, family) or to in site.endpoints:
        return ()
    nat = gateway_of(site, from_).nat
    if to in site.hosts and to != host.name:
        nics = [n for other, n in neighbours_of(site, host, host.nic(nat)) if other.name == to] if nat else []
        on_link = [a.network for a in host.nic(nat).addresses] if nat else []
        every = (a.ip for n in nics for a in n.addresses if family_of(a) == family)
        return tuple(a for a in every if any(a in net for net in on_link))
    found: tuple[Address, ...] = ()
    for stand in stands(site, from_):
        found += targets(site, Way(stand, host.name), to, family)
    if to == host.name:
        others = (s for s in site.segments.values() if s.name != site.endpoints[from_].segment)
        found += tuple(
            a.ip
            for s in others
            if s.gateway and host.name in s.gateway.hosts
            for a in s.gateway.addresses
            if family_of(a) == family and not a.is_link_local
        )
    return found


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    site = scene.site
    via = gateway_addresses(site, claim.from_, claim.family)[0]
    for stand in stands(site, claim.from_):
        for target in _targets(site, claim.from_, claim.to, claim.family):
            load = OwnStack(target, via, _source(scene, claim, stand))
            yield Shot(str(target), stand.spot, load, landing(site, claim.to, target), scene.innocent(stand))


def _source(scene: Scene, claim: Claim, stand: Stand) -> Address | None:
    """Return what a sender says to be that has no address from which its packets would be passed on."""
    own = [a for a in stand.addresses(claim.family) if a.version == 4 or not a.is_link_local]
    return None if own or claim.to in scene.site.hosts else scene.source_to(claim.to, stand, claim.family)


PROBE = Probe(
    "via-gateway",
    "isolation",
    ("ipv4", "ipv6"),
    "a host route over the gateway, then ICMP through its own IP stack",
    _applies,
    _shots,
)
