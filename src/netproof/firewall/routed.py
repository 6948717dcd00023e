"""Policy for what a gateway routes, and for what ends at its host: decided in family inet.

An endpoint that starts something is told by the bridge that it comes in by and by its MAC, which its port holds;
somebody who is asked by address, for routing goes by that. Replies pass by connection alone (zone 0): where a routed
packet comes out is the routing's choice, and not its sender's. ICMP errors about a connection anybody could send: they
go by lines of their own (`Line.of_errors`). Of what else is related, which a helper expects (FTP, SIP), the lines
decide as of anything.

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
_ERRORS = f"ct state related {ICMP} "


def routed(site: str, to_hosts: Iterable[Line], to_others: Iterable[Line], hosts: Sequence[Network]) -> NftChain:
    """Return the chain for what is forwarded: to addresses of `hosts` by the lines that name one, else by the rest."""
    rules = [*_forwarded(to_hosts)]
    for family in FAMILIES:
        if found := of_family(hosts, family):
            rules.append(f"{FAMILY_WORD[family]} daddr {prefixes(found)} return")
    return NftChain(HOME, "inet", table_name(site), ROUTED, "", (*rules, *_forwarded(to_others)))


def passing(bridges: Iterable[str]) -> Iterator[str]:
    """Yield the rules of the hook `forward` by which the lines decide over what is routed from or to `bridges`."""
    for bridge in sorted(bridges):
        yield f'iifname "{bridge}" oifname != "{bridge}" ct state established accept'
        yield f'iifname != "{bridge}" oifname "{bridge}" ct state established accept'
    yield f"jump {ROUTED}"


def decisions(lines: Iterable[Line]) -> Iterator[str]:
    """Yield a rule for each line, pair and kind of traffic."""
    return (
        f"{match} {kind}{line.verdict}" for line, match in _matches(lines) for kind in traffic_matches(line, "dport")
    )


def _forwarded(lines: Iterable[Line]) -> Iterator[str]:
    """Yield rules as `decisions` does; a line that denies ICMP spares errors, of which others decide."""
    for line, match in _matches(lines):
        for kind in [_ERRORS] if line.of_errors else traffic_matches(line, "dport"):
            spared = "ct state != related " if kind.startswith(ICMP) and not line.allow else ""
            yield f"{match} {spared}{kind}{line.verdict}"


def _matches(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    for line in lines:
        for source, target in line.pairs:
            yield from ((line, between(source, target, family)) for family in families_of(source, target))
