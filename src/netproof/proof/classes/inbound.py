"""Somebody outside sends to an endpoint behind a gateway: the host knows the way, and must not go it.

The frame goes to the MAC of the host's NIC, with the endpoint's address in it, which is no secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.gateways import decided, doors, gateway_host, on_wire
from netproof.proof.parties import Stand, stands
from netproof.proof.policies import UDP, Opening
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.values.address import Address, family_of


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_meetings(site, from_, to, family))


def _meetings(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Nic, Stand, Address, Address]]:
    """Yield each NIC of the host that station `from_` is beside, where it stands there, and source and target."""
    if from_ not in site.stations or to not in site.endpoints:
        return
    targets = [a.ip for a in site.endpoints[to].addresses if family_of(a) == family and not a.is_link_local]
    for door in doors(site, site.endpoints[to]):
        for nic in (n for n in site.stations[from_].nics if n.network == door.network):
            stand = Stand(from_, nic.name, "", nic.addresses)
            sources = [a for a in stand.addresses(family) if not a.is_link_local]
            for source, target in product(sources[:1], targets):
                if not decided(site, (from_, source), (to, target), Opening(UDP, UDP_PORT)):
                    yield door, stand, source, target


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    host = gateway_host(scene.site, claim.to)
    assert host is not None  # noqa: S101 - else the class does not apply
    for door, stand, source, target in _meetings(scene.site, claim.from_, claim.to, claim.family):
        mac = scene.mac(Stand(host.name, door.name, "", ()))
        packet = partial(_datagram, source, target)
        frame = scene.frame(stand, mac, packet, family=claim.family)
        [at] = {s.spot for s in stands(scene.site, claim.to)}
        yield Shot(str(target), stand.spot, frame, at, on_wire(scene.site, door.network))


def _datagram(source: Address, target: Address, token: bytes) -> bytes:
    return frames.udp(source, target, UDP_PORT, token)


PROBE = Probe(
    "inbound", "isolation", ("ipv4", "ipv6"), "a UDP datagram from outside to the MAC of the host", _applies, _shots
)
