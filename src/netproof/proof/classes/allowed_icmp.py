"""Somebody pings whom a line of the policy lets it ping: the echo request arrives, and the reply comes back."""

from __future__ import annotations

from netproof.proof.crossings import answered
from netproof.proof.flows import applies, conversations
from netproof.proof.policies import ICMP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return meeting.allowed(ICMP)


PROBE = Probe(
    "allowed-icmp",
    "policy",
    ("ipv4", "ipv6"),
    "an echo request that a line allows, and the reply to it",
    applies(_pick, answered),
    conversations(_pick),
    expect="deliver",
)
