"""A static FDB entry of a bridge does not hold its MAC.

Symptom: an entry was written so that nobody can take over a guest's MAC, and one frame from another port takes it
over. Cause: `static` means "does not age"; the bridge still moves the entry to the port where the MAC is seen.
`sticky` (Linux 5.0) holds it, and so does learning that is off at all other ports.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, listed
from netproof.audit.fdb import held, looked_at, place
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    for entry in looked_at(facts):
        if entry.state != "static" or "sticky" in entry.flags:
            continue
        takers = [p.ifname for p in facts.ports(entry.master) if p.ifname != entry.ifname and p.port.get("learning")]
        if takers:
            evidence = f"{entry.mac} is static at {entry.ifname}, but moves to {listed(takers)} with one frame"
            yield Finding(place(entry), evidence, held(entry))


CHECK = Check(
    "fdb-static",
    "a static FDB entry does not hold its MAC",
    "One frame from another port with that source address takes the traffic over.",
    "bridge(8), fdb: static, sticky",
    _findings,
    needs=frozenset({"fdb"}),
)
