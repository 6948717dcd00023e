"""A link was left promiscuous.

Symptom: the host's CPU works for frames that are not for it, and a program on it sees other people's traffic; a bridge
that is promiscuous hands a copy of *every* frame between its ports to its host. Cause: the flag was set by hand or by
a script, `ip link set … promisc on`, and nobody took it back; being a bridge's port does not need it (the bridge
counts for itself, without the flag). A program that listens at this moment does not set the flag either, and is no
finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    for link in facts.links:
        if "PROMISC" in link.flags and "LOOPBACK" not in link.flags:
            takes = "every frame between its ports" if link.kind == "bridge" else "frames to any MAC"
            evidence = f"{link.ifname} is set promiscuous: it takes {takes}"
            yield Finding(link.ifname, evidence, ("ip", "link", "set", "dev", link.ifname, "promisc", "off"))


CHECK = Check(
    "promiscuous",
    "a link was left promiscuous",
    "The host receives, and its programs can read, what is meant for others.",
    "ip-link(8), promisc; netdevice(7), IFF_PROMISC",
    _findings,
)
