"""An endpoint asks for its gateway's MAC in words that lie about the asker: the gateway believes them unasked.

So every stack does (RFC 826; RFC 4861, section 7.2.3): an ARP request makes an entry for its sender, and so does a
neighbour solicitation with its option. With a neighbour's address, and with a neighbour's MAC.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import frames
from netproof.proof.arpquestion import request
from netproof.proof.claim import Claim
from netproof.proof.discovery import bare, solicitation
from netproof.proof.diversion import Identity, applies, diversions
from netproof.proof.frames import IPV6
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return diversions(scene, claim, _by_nd if claim.family == "ipv6" else _by_arp)


def _by_arp(me: Identity, gateway: Identity, said: Identity) -> RawFrame:
    return request(me[0], said[1], gateway[1], claimed=said[0])


def _by_nd(me: Identity, gateway: Identity, said: Identity) -> RawFrame:
    packet = partial(bare, (said[1], gateway[1]), solicitation(gateway[1], said[0]))
    head = frames.header(gateway[0], me[0], IPV6)
    return RawFrame(lambda token: frames.in_ethernet(head, packet(token)))


PROBE = Probe(
    "diverted-by-question",
    "identity",
    ("ipv4", "ipv6"),
    "a lying question for the gateway, then what it sends",
    applies,
    _shots,
    poisons=True,
    in_earnest=True,
)
