"""A guest tells the host another way to somebody: an ICMP redirect (RFC 792, type 5; RFC 4861, type 137).

Linux believes it by default where it does not forward (``accept_redirects``), in IPv4 of the gateway it uses. What is
redirected here is an address set aside for tests, which no host talks to.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames, packets
from netproof.proof.claim import Claim
from netproof.proof.discovery import marked, redirect
from netproof.proof.frames import Ends
from netproof.proof.intohost import hears, into_host
from netproof.proof.probe import UDP_PORT, Probe, Shot
from netproof.proof.scene import STRANGER, Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return into_host(scene, claim, _by_ipv6 if claim.family == "ipv6" else _by_ipv4)


def _by_ipv4(ends: Ends, token: bytes) -> bytes:
    return packets.redirect(ends, ends[0], frames.udp(ends[1], STRANGER["ipv4"], UDP_PORT, token))


def _by_ipv6(ends: Ends, token: bytes) -> bytes:
    return marked(ends, redirect(ends[0], STRANGER["ipv6"]), token)


PROBE = Probe("redirect-to-host", "isolation", ("ipv4", "ipv6"), "an ICMP redirect to the host", hears, _shots)
