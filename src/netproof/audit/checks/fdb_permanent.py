"""A permanent FDB entry of a bridge holds a guest's MAC.

Symptom: after `bridge fdb add MAC dev PORT master` the guest of that MAC gets nothing any more, behind whatever port
it is. Cause: `permanent`, the default of that command, means "this MAC is the host itself": frames to it go up to the
host's IP stack, never out of a port, and it cannot move (all kernels; bridge(8)). `static` was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.fdb import held, looked_at, place
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    own = {link.mac for link in facts.links}
    for entry in looked_at(facts):
        is_group = int(entry.mac[:2], 16) & 1
        if entry.state == "permanent" and entry.mac not in own and not is_group:
            evidence = f"{entry.mac} is permanent at {entry.ifname} of {entry.master}: frames to it end at this host"
            yield Finding(place(entry), evidence, held(entry))


CHECK = Check(
    "fdb-permanent",
    "a permanent FDB entry holds a MAC that is not the host's",
    "Frames to that MAC end at this host, and it cannot move to another port.",
    "bridge(8), fdb: local, permanent",
    _findings,
    needs=frozenset({"fdb"}),
)
