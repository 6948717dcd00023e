"""An endpoint gives its gateway an answer that nobody asked for: whom it knows already, it then knows to be elsewhere.

By a gratuitous ARP reply, which Linux believes at once and of whom it knows (``arp_accept`` is for others), and by an
overriding neighbour advertisement (RFC 4861, section 7.2.5). Of a neighbour's address, and with a neighbour's MAC.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.discovery import advertisement, bare
from netproof.proof.diversion import Identity, applies, diversions
from netproof.proof.frames import ARP, ARP_REPLY, IPV6
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return diversions(scene, claim, _by_nd if claim.family == "ipv6" else _by_arp)


def _by_arp(me: Identity, gateway: Identity, said: Identity) -> RawFrame:
    message = frames.arp(ARP_REPLY, said, said)
    return RawFrame(lambda token: frames.ethernet(gateway[0], me[0], ARP, message + token))


def _by_nd(me: Identity, gateway: Identity, said: Identity) -> RawFrame:
    packet = partial(bare, (me[1], gateway[1]), advertisement(said[1], said[0]))
    head = frames.header(gateway[0], me[0], IPV6)
    return RawFrame(lambda token: frames.in_ethernet(head, packet(token)))


PROBE = Probe(
    "diverted-by-answer",
    "identity",
    ("ipv4", "ipv6"),
    "a lying answer to the gateway, then what it sends",
    applies,
    _shots,
    poisons=True,
    in_earnest=True,
)
