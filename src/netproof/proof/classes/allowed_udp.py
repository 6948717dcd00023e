"""Somebody asks a port that a line of the policy opens, by UDP: the datagram arrives, and the answer comes back.

Tried at the first, the middle and the last port of each range that a line names.
"""

from __future__ import annotations

from netproof.proof.crossings import answered
from netproof.proof.flows import applies, conversations
from netproof.proof.policies import UDP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return meeting.allowed(UDP)


PROBE = Probe(
    "allowed-udp",
    "policy",
    ("ipv4", "ipv6"),
    "a datagram to a port that a line allows, and the answer to it",
    applies(_pick, answered),
    conversations(_pick),
    expect="deliver",
)
