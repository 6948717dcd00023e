"""Somebody connects to a port that a line of the policy opens: the SYN arrives, and the SYN with ACK comes back.

Tried at the first, the middle and the last port of each range that a line names. Whoever is asked answers by a raw
frame, so no port need be open there, and none is opened.
"""

from __future__ import annotations

from netproof.proof.crossings import answered
from netproof.proof.flows import applies, conversations
from netproof.proof.policies import TCP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return meeting.allowed(TCP)


PROBE = Probe(
    "allowed-tcp",
    "policy",
    ("ipv4", "ipv6"),
    "a SYN to a port that a line allows, and the answer to it",
    applies(_pick, answered),
    conversations(_pick),
    expect="deliver",
)
