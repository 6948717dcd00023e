"""A bridge without an address still hands its ports' packets to the host.

Symptom: guests on a bridge that was meant to be a plain switch reach the host's management address, by ARP and IPv4,
and the bridge's own link-local address by IPv6. Cause: a bridge is also a link of the host. Frames to its MAC,
broadcasts and multicasts go up to the IP stack, which takes any local address on any link as its own (the weak host
model; all kernels), and every link that is up gets an IPv6 link-local address.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, listed
from netproof.audit.handed import closed, handed, has_address
from netproof.state.facts import Facts

_WORDS = {"arp": "ARP", "ip": "IPv4", "ip6": "IPv6"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        if has_address(facts, bridge) or not facts.ports(bridge.ifname):
            continue
        if ways := list(handed(facts, bridge)):
            reached = [str(a.interface.ip) for link in facts.links for a in facts.lasting(link.ifname, "ipv4")]
            if "ip6" in ways:
                reached.append("its link-local address")
            told = ", ".join(_WORDS[way] for way in ways)
            evidence = f"{bridge.ifname} has no address, but hands {told} to the host: {listed(reached)}"
            yield Finding(bridge.ifname, evidence, closed(facts, bridge))


CHECK = Check(
    "bridge-to-host",
    "a bridge without an address hands its guests' packets to the host",
    "Guests reach the host's own addresses and services from a segment that was meant to be a plain switch.",
    "kernel: net/bridge/br_input.c, br_pass_frame_up; Documentation/networking/ip-sysctl.rst",
    _findings,
    needs=frozenset({"nft", "vlans"}),
)
