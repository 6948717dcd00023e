"""Anybody on the underlay wraps a frame in VXLAN: the kernel takes it, whoever sent it, and hands it to the endpoint.

So does a guest of another segment, to the MAC that its own bridge has on that host.

With the right VNI, UDP port and MACs, but from an address that is no VTEP's. Once it carries a true packet of another
member, and once, from a MAC that nobody has, what no filter of members, addresses or policy reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.transports import applies, forgeries


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(liar: Stand, hearer: Stand) -> Iterator[tuple[str, RawFrame]]:
        mac, nobody = scene.mac(hearer), scene.victim_mac(scene.reserved(hearer))
        yield f"as {liar.node or 'a member'}", _packet(scene, liar, hearer)
        yield "as nobody", RawFrame(partial(frames.ethernet, mac, nobody, frames.EXPERIMENTAL))

    return forgeries(scene, claim, tell)


def _packet(scene: Scene, liar: Stand, hearer: Stand) -> RawFrame:
    mac, target = scene.victim_mac(liar), next((i.ip for i in hearer.interfaces), None)
    if target is None:
        return RawFrame(partial(frames.ethernet, scene.mac(hearer), mac, frames.EXPERIMENTAL))
    family = "ipv6" if target.version == 6 else "ipv4"
    head = frames.header(scene.mac(hearer), mac, frames.IPV6 if target.version == 6 else frames.IPV4)
    packet = partial(frames.echo, scene.victim_address(liar, hearer, family), target, reply=True)
    return RawFrame(lambda token: frames.in_ethernet(head, packet(token)))


PROBE = Probe(
    "vxlan-forged", "transport", ("ipv4", "ipv6"), "VXLAN from no VTEP's address", applies, _shots, poisons=True
)
