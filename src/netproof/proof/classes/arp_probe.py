"""An ARP request whose sender is 0.0.0.0, as a machine sends before it takes an address.

No route check looks at 0.0.0.0: `rp_filter` stops the ordinary request, and lets this one be answered (6.18).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from netproof.proof.aims import host_address_ahead
from netproof.proof.arpquestion import question
from netproof.proof.claim import Claim
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return question(scene, claim, lambda _stand: IPv4Address(0))


PROBE = Probe(
    "arp-probe", "isolation", ("ipv4",), "an ARP probe, its sender 0.0.0.0", host_address_ahead, _shots, honest="arp"
)
