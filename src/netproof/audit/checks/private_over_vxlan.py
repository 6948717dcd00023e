"""Private ports of a bridge that are joined again over VXLAN.

Symptom: guests that must not talk to each other cannot on one host, and can on two. Cause: `isolated` forbids frames
from one isolated port of a bridge to another (since 4.18); a VXLAN port that is not isolated is as good as a way out,
and the private guests of the other host are behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.spans import equal, meta
from netproof.audit.steps import at_hook, walk
from netproof.state.facts import Facts, Link


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        ports = facts.ports(bridge.ifname)
        private = [port.ifname for port in ports if port.port.get("isolated")]
        for port in ports:
            if private and port.kind == "vxlan" and not port.port.get("isolated") and not _is_filtered(facts, port):
                evidence = f"{', '.join(private)} of {bridge.ifname} are isolated, {port.ifname} is not"
                yield Finding(port.ifname, evidence, ("bridge", "link", "set", "dev", port.ifname, "isolated", "on"))


def _is_filtered(facts: Facts, port: Link) -> bool:
    """Say whether rules drop something of what comes in by a port or goes out by it, on its bridge."""
    chains = at_hook(facts.nft, "forward", "bridge")
    chains += [chain for chain in at_hook(facts.nft, "ingress", "netdev") if port.ifname in chain.devices]
    ways = (equal(meta("iifname"), port.ifname), equal(meta("oifname"), port.ifname))
    steps = [step for chain in chains for step in walk(facts.nft, chain)]
    named = [step for step in steps if any(match.covers(way) for way in ways for match in step.matches)]
    return any(step.verdict == "drop" for step in named) or any(c.devices and walk(facts.nft, c) for c in chains)


CHECK = Check(
    "private-over-vxlan",
    "private ports are joined again over VXLAN",
    "Guests that must not talk to each other do so as soon as they are on different hosts. Where the gateway is behind "
    "the tunnel, let only its MAC through by a rule instead.",
    "bridge(8), isolated; kernel: net/bridge/br_private.h, br_skb_isolated",
    _findings,
    needs=frozenset({"nft"}),
)
