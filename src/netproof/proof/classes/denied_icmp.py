"""Somebody pings whom a line of the policy does not let it ping: the request itself must not arrive."""

from __future__ import annotations

from netproof.proof.crossings import encounters
from netproof.proof.flows import applies, starts
from netproof.proof.policies import ICMP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return meeting.denied(ICMP)


PROBE = Probe(
    "denied-icmp",
    "policy",
    ("ipv4", "ipv6"),
    "an echo request that a line denies",
    applies(_pick, encounters),
    starts(_pick, encounters),
    honest="neighbour",
)
