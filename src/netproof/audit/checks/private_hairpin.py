"""Private ports of a bridge that reach each other through the host.

Symptom: guests on isolated ports cannot talk, until one of them sends by way of its gateway. Cause: `isolated` is
about frames from port to port. The host's own port is not isolated; a host that forwards takes a packet from one
private guest and routes it back into the same bridge to the other, and even tells them by a redirect that they are
neighbours (all kernels).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.mending import nft
from netproof.audit.spans import L3, Match, equal, meta
from netproof.audit.steps import at_hook, walk
from netproof.state.facts import Facts, Link
from netproof.values.address import Family

_FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")
_TO_MAC = '{"payload": {"field": "daddr", "protocol": "ether"}}'
_L3 = {"ipv4": "ip", "ipv6": "ip6"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        private = [port.ifname for port in facts.ports(bridge.ifname) if port.port.get("isolated")]
        open_ = [family for family in _FAMILIES if _goes_back(facts, bridge, family)]
        if len(private) > 1 and open_:
            back = f"{bridge.ifname} forwards {' and '.join(open_)} back into itself"
            evidence = f"{', '.join(private)} are isolated, and {back}"
            yield Finding(bridge.ifname, evidence, nft(bridge.ifname, _closing(bridge)))


def _goes_back(facts: Facts, bridge: Link, family: Family) -> bool:
    routes = facts.sysctl(f"net/{family}/conf/{bridge.ifname}/forwarding") and facts.lasting(bridge.ifname, family)
    packets = (
        equal(meta("iifname"), bridge.ifname),
        equal(meta("oifname"), bridge.ifname),
        equal(L3, _L3[family]),
        equal(_TO_MAC, bridge.mac),
        equal('{"ct": {"key": "state"}}', "new"),
    )
    return bool(routes) and not _is_dropped(facts, family, packets)


def _is_dropped(facts: Facts, family: Family, packets: tuple[Match, ...]) -> bool:
    """Say whether a chain surely drops all of these, and none of them is accepted before."""
    for chain in at_hook(facts.nft, "forward", _L3[family], "inet"):
        mine = [step for step in walk(facts.nft, chain) if not step.spares(packets)]
        first = next((s for s in mine if s.takes_all(packets) or s.verdict != "drop"), None)
        if first.verdict == "drop" if first else chain.policy == "drop":
            return True
    return False


def _closing(bridge: Link) -> str:
    chain = f"inet private bridge{bridge.index}"
    return (
        f"add table inet private; add chain {chain} {{ type filter hook forward priority -1; }}; "
        f'add rule {chain} iifname "{bridge.ifname}" oifname "{bridge.ifname}" drop'
    )


CHECK = Check(
    "private-hairpin",
    "private ports reach each other through the host",
    "What the bridge forbids from port to port, the host's own forwarding does for them.",
    "bridge(8), isolated; kernel: Documentation/networking/ip-sysctl.rst, forwarding",
    _findings,
    needs=frozenset({"nft"}),
)
