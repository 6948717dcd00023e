"""Who may be asked sends answers that nobody asked for: from the port that a line opens, with the flags of an answer.

A reverse rule without connection tracking ("from port 5432") lets them pass, and with them whatever root at that end
likes to send. Tried in TCP with SYN and ACK, and with ACK alone, which connection tracking takes for a connection that
it has forgotten (`nf_conntrack_tcp_loose`); with UDP datagrams, echo replies, and ICMP errors about no flow at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netproof.proof import flows, packets
from netproof.proof.claim import Claim
from netproof.proof.crossings import encounters, turned
from netproof.proof.frames import Ends
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site

_FLAGS = {"SYN ACK": packets.SYN | packets.ACK, "ACK": packets.ACK}


def _pick(site: Site, meeting: Meeting) -> Iterator[Opening]:
    """Yield what the other one may start, where nothing may be started back to where its answers would go."""
    return (o for o in turned(site, meeting).allowed(TCP, UDP, ICMP) if flows.is_shut(meeting, o, flows.UNASKED))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for meeting, opening in flows.tried(scene, claim, _pick, encounters):
        for what, packet in _lies(meeting, opening, flows.said(claim, meeting, opening)):
            yield flows.shot(scene, meeting, what, packet)


def _lies(meeting: Meeting, opening: Opening, name: str) -> Iterator[tuple[str, flows.Packet]]:
    ends = (meeting.source, meeting.target)
    for told, flags in _FLAGS.items() if opening.protocol == TCP else [("", 0)]:
        what = f"as the answer of {opening}" + (f" with {told}" if told else "")
        yield what, partial(_answer, ends, opening, f"{name} {told}", flags=flags)
    if not meeting.may(Opening(ICMP)):
        yield f"as an error of {opening}", partial(_error, ends, opening, f"{name} error")


def _answer(ends: Ends, opening: Opening, name: str, token: bytes, *, flags: int) -> bytes:
    return flows.answered(ends, opening, flows.numbered(name, flows.UNASKED)(token), token, flags)


def _error(ends: Ends, opening: Opening, name: str, token: bytes) -> bytes:
    """Return an error about what the other one has never sent."""
    question = flows.written((ends[1], ends[0]), opening, flows.numbered(name, flows.UNASKED)(token), token)
    return packets.unreachable(ends, question)


PROBE = Probe(
    "forged-reply",
    "policy",
    ("ipv4", "ipv6"),
    "an answer that nobody asked for",
    flows.applies(_pick, encounters),
    _shots,
    honest="neighbour",
)
