"""A bridge that the host uses has the MAC of whichever port's is lowest.

Symptom: a guest starts or stops, and for a minute nobody reaches the host by its bridge: neighbours send to a MAC
that is gone, DHCP gives another address. Cause: unless somebody set it, a bridge's MAC is the lowest of its ports'
and changes as they come and go (all kernels; br_stp_recalculate_bridge_id). A set MAC, be it the same, stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.state.facts import Facts, Link


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        used = [link.ifname for link in _on(facts, bridge) if facts.lasting(link.ifname)]
        if used and bridge.ifname not in facts.set_macs:
            evidence = f"{bridge.mac} of {bridge.ifname} was set by nobody, and {used[0]} has addresses"
            mend = ("ip", "link", "set", "dev", bridge.ifname, "address", bridge.mac)
            yield Finding(bridge.ifname, evidence, mend)


def _on(facts: Facts, bridge: Link) -> Iterator[Link]:
    """Yield a bridge, and the links made upon it, which have its MAC."""
    yield bridge
    yield from (link for link in facts.links if link.lower == bridge.ifname)


CHECK = Check(
    "bridge-mac-follows",
    "a bridge's MAC changes as its ports come and go",
    "With the next port of a lower MAC everybody's neighbour entries for this host are wrong.",
    "kernel: net/bridge/br_stp_if.c, br_stp_recalculate_bridge_id; systemd.link(5), MACAddressPolicy",
    _findings,
    needs=frozenset({"set_macs"}),
)
