"""Policy for what a gateway routes, and for what ends at its host: decided in family inet.

An endpoint that starts something is told by the bridge that it comes in by and by its MAC, which its port holds;
somebody who is asked by address, for routing goes by that. Replies and errors pass by connection alone (zone 0):
where a routed packet comes out is the routing's choice, and not its sender's.

A managed host is opened by name only: of its addresses no line speaks that means anybody, or a prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netproof.firewall.line import Line
from netproof.firewall.matches import FAMILY_WORD, ICMP, between, families_of, of_family, traffic_matches
from netproof.firewall.spelling import prefixes
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME
from netproof.values.address import FAMILIES, Network

ROUTED = "routed-lines"


def routed(site: str, to_hosts: Iterable[Line], to_others: Iterable[Line], hosts: Sequence[Network]) -> NftChain:
    """Return the chain for what is forwarded: to addresses of `hosts` by the lines that name one, else by the rest."""
    rules = [*decisions(to_hosts)]
    for family in FAMILIES:
        if found := of_family(hosts, family):
            rules.append(f"{FAMILY_WORD[family]} daddr {prefixes(found)} return")
    return NftChain(HOME, "inet", table_name(site), ROUTED, "", (*rules, *decisions(to_others)))


def passing(bridges: Iterable[str]) -> Iterator[str]:
    """Yield the rules of the hook `forward` by which the lines decide over what is routed from or to `bridges`."""
    for bridge in sorted(bridges):
        for ends in (f'iifname "{bridge}" oifname != "{bridge}"', f'iifname != "{bridge}" oifname "{bridge}"'):
            yield f"{ends} ct state established accept"
            yield f"{ends} ct state related {ICMP} accept"  # but nothing that a helper expects (FTP, SIP)
    yield f"jump {ROUTED}"


def decisions(lines: Iterable[Line]) -> Iterator[str]:
    """Yield a rule for each line, pair and kind of traffic."""
    for line in lines:
        for source, target in line.pairs:
            for family in families_of(source, target):
                match = between(source, target, family)
                yield from (f"{match} {kind}{line.verdict}" for kind in traffic_matches(line, "dport"))
