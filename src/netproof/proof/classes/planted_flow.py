"""Two who may not talk make connection tracking believe that they do: one starts by broadcast, the other answers.

The policy stops the start at the other's port. But a broadcast leaves by other ports too, and goes up to the host: the
connection is then known, and whoever accepts what is known lets the answer through, and all that follows (tried).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.frames import BROADCAST_MAC
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening, turned
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def _pick(site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    back = turned(site, meeting)
    openings = (o for o in meeting.denied(TCP, UDP, ICMP) if flows.is_shut(back, o, flows.PLANTED))
    return flows.first_of_each(openings)


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for meeting, opening in flows.tried(scene, claim, _pick):
        number = flows.numbered(flows.said(claim, meeting, opening), flows.PLANTED)
        start, answer = flows.start(meeting, opening, number), flows.answer(meeting, opening, number)
        yield flows.shot(scene, meeting, f"{opening} by broadcast", start, mac=BROADCAST_MAC)
        yield flows.shot(scene, turned(scene.site, meeting), f"as the answer of {opening} to that", answer)


PROBE = Probe(
    "planted-flow",
    "policy",
    ("ipv4", "ipv6"),
    "a broadcast start that a line denies, and the answer to it",
    flows.applies(_pick),
    _shots,
    honest="neighbour",
)
