"""An ARP probe, its sender 0.0.0.0, for an address on another NIC of the host, one of the two isolated: nobody answers.

No route check looks at 0.0.0.0: `arp_filter` stops the ordinary request, and lets this one be answered (6.18).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from netproof.proof.claim import Claim
from netproof.proof.doors import questions, wrong_doors
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(wrong_doors(site, from_, to, family))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return questions(scene, claim, lambda _stand: IPv4Address(0))


PROBE = Probe(
    "arp-probe-wrong-nic",
    "path",
    ("ipv4",),
    "an ARP probe at another NIC, its sender 0.0.0.0",
    _applies,
    _shots,
    honest="arp",
)
