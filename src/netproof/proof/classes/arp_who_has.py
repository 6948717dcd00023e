"""A guest asks ``arping 192.168.14.1``: the answer alone betrays the host's addresses and opens the way to them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof.aims import host_address_ahead
from netproof.proof.arpquestion import question
from netproof.proof.claim import Claim
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return question(scene, claim, partial(scene.source_to, claim.to, family="ipv4"))


PROBE = Probe("arp-who-has", "isolation", ("ipv4",), "an ARP request", host_address_ahead, _shots, honest="arp")
