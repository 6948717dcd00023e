"""Who may be asked by another asks that other one in turn, at the very port: policy is about who starts."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.crossings import encounters, turned
from netproof.proof.flows import applies, starts
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(site: Site, meeting: Meeting) -> Iterator[Opening]:
    return (o for o in turned(site, meeting).allowed(TCP, UDP, ICMP) if not meeting.may(o))


PROBE = Probe(
    "other-direction",
    "policy",
    ("ipv4", "ipv6"),
    "what a line allows in the other direction only",
    applies(_pick, encounters),
    starts(_pick, encounters),
    honest="neighbour",
)
