"""An ARP request for an address that is on another NIC of the host, one of the two isolated: nobody answers."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.doors import questions, wrong_doors
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(wrong_doors(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return questions(scene, claim, lambda stand: stand.addresses("ipv4")[0])


PROBE = Probe("arp-wrong-nic", "path", ("ipv4",), "an ARP request at another NIC", _applies, _shots, honest="arp")
