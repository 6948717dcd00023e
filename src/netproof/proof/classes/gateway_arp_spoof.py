"""An endpoint asks for the gateway's MAC in a neighbour's name: the gateway then takes it for that neighbour.

Whatever comes back for the neighbour goes to the endpoint from then on. That the gateway answers is what is seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.arpquestion import request
from netproof.proof.claim import Claim
from netproof.proof.forgery import guarded, name_of
from netproof.proof.gateways import gateway_addresses, gateway_host
from netproof.proof.parties import stands
from netproof.proof.probe import Answer, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    host = gateway_host(site, from_)
    is_its = host is not None and host.name == to
    return is_its and guarded(site, from_, "arp") and bool(gateway_addresses(site, from_, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for mine in stands(scene.site, claim.from_):
        victim = scene.victim(claim.from_, mine)
        forged = scene.victim_address(victim, mine, "ipv4")
        for target in gateway_addresses(scene.site, claim.from_, "ipv4"):
            load, answer = request(scene.mac(mine), forged, target), Answer(target, forged, frozenset())
            said = f"{target}: {forged} of {name_of(victim)} is at {scene.mac(mine)}"
            yield Shot(said, mine.spot, load, mine.spot, scene.innocent(mine), answer, (victim, mine))


PROBE = Probe(
    "gateway-arp-spoof",
    "identity",
    ("ipv4",),
    "an ARP request for the gateway in another's name",
    _applies,
    _shots,
    poisons=True,
    honest="arp",
)
