"""Somebody takes the port that a line of the policy opens for TCP by UDP, or the other way, or either by SCTP.

All three write their ports at the same place: a rule that reads only ports lets them all pass. SCTP also stands for
every protocol that no line can name but by `all`.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.crossings import encounters
from netproof.proof.flows import applies, starts
from netproof.proof.policies import SCTP, TCP, UDP, Meeting, Opening
from netproof.proof.probe import Probe
from netproof.site.model import Site


def _pick(_site: Site, meeting: Meeting) -> Iterator[Opening]:
    opened = meeting.allowed(TCP, UDP)
    others = {Opening(p, o.port) for o in opened for p in (TCP, UDP, SCTP) if p != o.protocol}
    return (o for o in sorted(others) if not meeting.may(o))


PROBE = Probe(
    "other-protocol",
    "policy",
    ("ipv4", "ipv6"),
    "another protocol to a port that a line allows",
    applies(_pick, encounters),
    starts(_pick, encounters),
    honest="neighbour",
)
