"""Somebody tries the port just below or above what a line of the policy opens: a range one too wide, or a mask."""

from __future__ import annotations

from netproof.proof.crossings import encounters
from netproof.proof.flows import applies, starts
from netproof.proof.policies import Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    return meeting.beside()


PROBE = Probe(
    "beside-port",
    "policy",
    ("ipv4", "ipv6"),
    "what a line allows, to one port beside",
    applies(_pick, encounters),
    starts(_pick, encounters),
    honest="neighbour",
)
