"""A guest says to the host that it is a router (RFC 4861, type 134; as trouble in RFC 6104): ``fake_router6``.

A host whose bridge takes advertisements in (``accept_ra``, as Linux has it by default where it does not forward) gets
addresses, routes and name servers from whoever is on the segment. Sent to all nodes in the name of a router that is
not there, and to the bridge alone in the sender's own. Its lifetime is 0: no stack takes a route from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.aims import along_ways
from netproof.proof.claim import Claim
from netproof.proof.discovery import marked, router_advertisement
from netproof.proof.frames import ALL_NODES, Ends
from netproof.proof.intohost import hears, into_host
from netproof.proof.parties import Way
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address, link_local_of


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    yield from along_ways(scene, claim, lambda way, group: _to_all(scene, way, group), aim=lambda _way: (ALL_NODES,))
    yield from into_host(scene, claim, _written)


def _to_all(scene: Scene, way: Way, group: Address) -> RawFrame:
    nobody = link_local_of(scene.victim_mac(scene.reserved(way.stand)))
    mac = frames.multicast_mac(group)
    return scene.frame(way.stand, mac, lambda token: _written((nobody, group), token), family="ipv6")


def _written(ends: Ends, token: bytes) -> bytes:
    return marked(ends, router_advertisement(), token)


PROBE = Probe(
    "router-advertisement-to-host", "isolation", ("ipv6",), "a router advertisement to the host", hears, _shots
)
