"""A guest sends its unicast ping in a frame to a multicast MAC; a filter on the bridge's own MAC does not see it.

Once more to a link-local group, of which a bridge knows nothing: it hands the frame to the port's own IP stack, past
all that is closed at the bridge, wherever nothing but wires and switches lies between the sender and that port. That
one also as a datagram, which needs no answer. Not in IPv6, which the ports of a bridge do not speak.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from netproof.proof import frames
from netproof.proof.aims import along_ways, echo_to_mac, host_address_ahead
from netproof.proof.claim import Claim
from netproof.proof.frames import LLDP_GROUP_MAC, multicast_mac
from netproof.proof.parties import Way, is_next_to
from netproof.proof.probe import UDP_PORT, Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address

_GROUPS: dict[int, Address] = {4: IPv4Address("224.0.0.1"), 6: IPv6Address("ff02::1")}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    yield from echo_to_mac(scene, claim, lambda _way, target: multicast_mac(_GROUPS[target.version]))
    if claim.family == "ipv4":
        next_to = partial(is_next_to, scene.site)
        yield from echo_to_mac(scene, claim, lambda _way, _target: LLDP_GROUP_MAC, along=next_to)
        yield from along_ways(scene, claim, partial(_datagram, scene, claim), along=next_to)


def _datagram(scene: Scene, claim: Claim, way: Way, target: Address) -> RawFrame:
    packet = partial(frames.udp, scene.source_to(claim.to, way.stand, claim.family), target, UDP_PORT)
    return scene.frame(way.stand, LLDP_GROUP_MAC, packet, family=claim.family)


PROBE = Probe(
    "neigh-multicast-mac",
    "isolation",
    ("ipv4", "ipv6"),
    "a static neighbour entry with a multicast or link-local group MAC, then ICMP or UDP",
    host_address_ahead,
    _shots,
)
