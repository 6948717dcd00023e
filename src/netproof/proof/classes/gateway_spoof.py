"""An endpoint pings its gateway from a neighbour's address: whoever can, gets out in that one's name.

Where a segment is private there is nobody else to lie to.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.forgery import guarded, name_of
from netproof.proof.gateways import gateway_addresses, gateway_host
from netproof.proof.parties import Way, stack_of, stands
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    host = gateway_host(site, from_)
    is_its = host is not None and host.name == to
    return is_its and guarded(site, from_, "ip") and bool(gateway_addresses(site, from_, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    at = stack_of(claim.to, family_named(claim.family))
    for mine in stands(scene.site, claim.from_):
        victim = scene.victim(claim.from_, mine)
        forged = scene.victim_address(victim, mine, claim.family)
        for target in gateway_addresses(scene.site, claim.from_, claim.family):
            mac = scene.bridge_mac(Way(mine, claim.to))
            frame = scene.frame(mine, mac, partial(frames.echo, forged, target), family=claim.family)
            said = f"{target} from {forged} of {name_of(victim)}"
            yield Shot(said, mine.spot, frame, at, scene.innocent(mine), about=(victim, mine))


PROBE = Probe(
    "gateway-spoof", "identity", ("ipv4", "ipv6"), "ICMP to the gateway from another's address", _applies, _shots
)
