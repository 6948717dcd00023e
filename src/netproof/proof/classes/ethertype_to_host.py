"""A guest speaks neither ARP nor IP to the host: whatever listens at the bridge device hears it, past all rules of IP.

A bridge hands up frames for its own MAC, for everybody and for groups of any EtherType (PPPoE, AoE, PROFINET, TIPC,
IEEE 802.2), as long as somebody took that protocol for the bridge device. Tried with an ethertype that IEEE 802 leaves
to experiments, for the bridge and for everybody, with a frame that has a length instead, and with a BPDU, which goes up
from a bridge without spanning tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import has_way_to_host
from netproof.proof.claim import Claim
from netproof.proof.frames import BROADCAST_MAC, EXPERIMENTAL
from netproof.proof.gateways import is_behind_its_like
from netproof.proof.parties import Spot, Way, ways
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.naming import bridge_ifname


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for way in ways(scene.site, claim.from_, claim.to):
        at, stand = Spot(claim.to, bridge_ifname(scene.site.name, way.stand.segment)), way.stand
        for said, build in _said(scene, way):
            yield Shot(f"{at.where} by {said}", stand.spot, RawFrame(build), at, scene.innocent(stand))


def _said(scene: Scene, way: Way) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    me, bridge = scene.mac(way.stand), scene.bridge_mac(way)
    yield "a broadcast", partial(frames.ethernet, BROADCAST_MAC, me, EXPERIMENTAL)
    yield "a BPDU", partial(frames.bpdu, me)
    if not is_behind_its_like(scene.site, way):
        yield f"ethertype 0x{EXPERIMENTAL:04x}", partial(frames.ethernet, bridge, me, EXPERIMENTAL)
        yield "IEEE 802.3", partial(frames.with_length, bridge, me)


PROBE = Probe(
    "ethertype-to-host", "isolation", ("l2",), "frames of neither ARP nor IP to the host", has_way_to_host, _shots
)
