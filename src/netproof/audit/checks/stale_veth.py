"""A veth is left in a bridge of a container that is no more.

Symptom: bridges fill up with ports, flooded frames are copied to nobody, and an address that was given away again is
still answered from the old namespace. Cause: a namespace lives as long as something holds it, a process or a mount;
when a container's runtime dies before it unmounts the namespace, links and addresses in there go on working.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.guests import lodgers
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        for lodger in lodgers(facts, bridge.ifname):
            if not (lodger.guest.inhabitants or lodger.guest.forwards or lodger.port.alias):
                evidence = (
                    f"no process is in {lodger.guest.path}, where the other end of {lodger.port.ifname} lies, "
                    f"nor does that forward for others"
                )
                yield Finding(lodger.port.ifname, evidence, ("ip", "link", "del", "dev", lodger.port.ifname))


CHECK = Check(
    "stale-veth",
    "a veth is left of a container that is no more",
    "Its namespace still answers for its addresses, and its port takes a copy of all that is flooded.",
    "network_namespaces(7); ip-netns(8)",
    _findings,
    needs=frozenset({"guests"}),
)
