"""A guest asks for the MAC of the bridge's link-local address by ND: what ``arp-who-has`` is in IPv4.

Since IPv6 is on by default, a bridge without any address answers: ``ndisc6 fe80::… eth0`` (RFC 4861, type 135). The
answer tells who is there and opens the way. Asked of the group of that address, and of the bridge's MAC alone.

The question bears its mark in an option. A guard of ND may drop it for that; ``ipv6-link-local`` asks in plain words.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.discovery import marked, solicitation
from netproof.proof.frames import Ends
from netproof.proof.intohost import hears, into_host, own_bridges, source
from netproof.proof.parties import Way, stack_of
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_GROUPS = int(IPv6Address("ff02::1:ff00:0"))
"""Solicited-node groups (RFC 4291): this and the last three octets of an address."""


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    yield from into_host(scene, claim, lambda ends, token: _question(ends, ends[1], token))
    for way in own_bridges(scene.site, claim.from_, claim.to):
        target, spot = scene.bridge_link_local(way), way.stand.spot
        ends = source(scene, claim, way), _group_of(target)
        load = _to_group(scene, way, ends, target)
        yield Shot(f"{target} by its group", spot, load, stack_of(claim.to, "ipv6"), scene.innocent(way.stand))


def _group_of(target: IPv6Address) -> IPv6Address:
    return IPv6Address(_GROUPS | (int(target) & 0xFFFFFF))


def _to_group(scene: Scene, way: Way, ends: Ends, target: Address) -> RawFrame:
    mac = frames.multicast_mac(ends[1])
    return scene.frame(way.stand, mac, lambda token: _question(ends, target, token), family="ipv6")


def _question(ends: Ends, target: Address, token: bytes) -> bytes:
    return marked(ends, solicitation(target), token)


PROBE = Probe("nd-who-has", "isolation", ("ipv6",), "a neighbour solicitation for the bridge", hears, _shots)
