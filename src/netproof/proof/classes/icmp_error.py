"""Whoever is asked answers with an ICMP error, as routers and closed ports do: it comes back to who asked.

A policy that lets a flow pass and drops its errors breaks path MTU discovery: the flow hangs at its first full packet.
Tried with "port unreachable" about one flow of each protocol that a line allows.
"""

from __future__ import annotations

from netproof.proof.crossings import answered
from netproof.proof.flows import applies, conversations, first_of_each
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    if meeting.gate and meeting.gate.far is None:  # what errors a host sends is its stack's business
        return ()
    return first_of_each(meeting.allowed(TCP, UDP, ICMP))


PROBE = Probe(
    "icmp-error",
    "policy",
    ("ipv4", "ipv6"),
    "what a line allows, and an ICMP error as the answer to it",
    applies(_pick, answered),
    conversations(_pick, by_error=True),
    expect="deliver",
)
