"""A guest sends packets from its neighbour's address: past source filters, or to draw answers onto the victim.

In IPv6 also from its neighbour's link-local address, for which many a filter has a gate.

Also from the unspecified address, which is nobody's and passes many a list of forbidden ones; in IPv6 in the guise of
what may come from there, duplicate address detection (hop limit 255) and MLD (hop limit 1, behind an option).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import UDP_PORT, Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address, link_local_of

_Told = dict[str, Callable[[bytes], bytes]]
_NOBODY: dict[str, Address] = {"ipv4": IPv4Address(0), "ipv6": IPv6Address(0)}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        forged, nobody = scene.victim_address(victim, its, claim.family), _NOBODY[claim.family]
        for target in its.addresses(claim.family):
            told: _Told = {f"from {forged}": partial(frames.echo, forged, target, reply=True)}
            if claim.family == "ipv6":
                link_local = link_local_of(scene.victim_mac(victim))
                told |= {f"from {link_local}": partial(frames.echo, link_local, target, reply=True)}
            told |= _guises(nobody, target)
            its_mac, family = scene.mac(its), claim.family
            yield from ((f"{target} {said}", scene.frame(mine, its_mac, p, family=family)) for said, p in told.items())

    return lies(scene, claim, tell)


def _guises(nobody: Address, target: Address) -> _Told:
    plain: _Told = {f"from {nobody}": partial(frames.udp, nobody, target, UDP_PORT)}
    if target.version == 4:
        return plain

    def as_for_mld(token: bytes) -> bytes:
        return frames.behind(frames.udp(nobody, target, UDP_PORT, token, hops=1), frames.HOP_BY_HOP)

    return {
        **plain,
        f"from {nobody}, as for duplicate addresses": partial(frames.echo, nobody, target, reply=True, hops=255),
        f"from {nobody}, as for MLD": as_for_mld,
    }


PROBE = Probe("ip-spoof", "identity", ("ipv4", "ipv6"), "a packet from another's address", held("ip"), _shots)
