"""Two on one bridge have the same MAC.

Symptom: of two guests now this one can be reached, now that one, never both; or one that has the host's MAC hears
nothing. Cause: cloned guests keep their MAC. A bridge knows one place for each MAC, the port that sent last; what is
its own or a port's MAC goes to the host (all kernels).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.guests import Lodger, lodgers
from netproof.state.facts import Facts, Link
from netproof.values.naming import derived_mac


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        bearers = {link.mac: f"the host's {link.ifname}" for link in (*facts.ports(bridge.ifname), bridge)}
        for lodger in lodgers(facts, bridge.ifname):
            other = bearers.setdefault(lodger.link.mac, f"{lodger.link.ifname} behind {lodger.port.ifname}")
            if other != f"{lodger.link.ifname} behind {lodger.port.ifname}":
                evidence = f"{lodger.link.ifname} behind {lodger.port.ifname} has {lodger.link.mac}, as {other} has"
                yield Finding(lodger.port.ifname, evidence, _mend(lodger, bridge))


def _mend(lodger: Lodger, bridge: Link) -> tuple[str, ...]:
    mac = derived_mac(bridge.ifname, lodger.port.ifname, f"instead of {lodger.link.mac}")
    return (*lodger.inside, "ip", "link", "set", "dev", lodger.link.ifname, "address", mac)


CHECK = Check(
    "duplicate-mac",
    "two on one bridge have the same MAC",
    "The bridge sends what is meant for one to whichever of them sent last, or to the host.",
    "IEEE 802.1Q, 8.7 (the learning process); bridge(8), fdb",
    _findings,
    needs=frozenset({"guests"}),
)
