"""Somebody connects to a port that a line of the policy denies.

Tried at the first, the middle and the last port of each range that a line names, `all` being every port.
"""

from __future__ import annotations

from netproof.proof.crossings import encounters
from netproof.proof.flows import applies, starts
from netproof.proof.policies import TCP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return meeting.denied(TCP)


PROBE = Probe(
    "denied-tcp",
    "policy",
    ("ipv4", "ipv6"),
    "a SYN to a port that a line denies",
    applies(_pick, encounters),
    starts(_pick, encounters),
    honest="neighbour",
)
