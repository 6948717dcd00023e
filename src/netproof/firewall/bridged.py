"""Policy between members of one segment: decided in family bridge, at each port that a frame would leave by.

Bound to ports, and behind ports that lead elsewhere to MACs: another address family, a link-local address or a forged
one is no way round. A frame that is flooded is decided once for every port; an IP packet in a frame to a group's MAC
no less. Both hosts of a pair decide.

Lines speak of who *starts* something. What answers goes by the same lines, read the other way round, and only if
conntrack knows the connection: neither is enough alone. Without a connection it would be a stateless reverse rule;
without the lines two that may not talk could have a third start a connection for them, in their names (a frame to
that one's MAC with the other one's address) and then use it. An ICMP error about a connection passes between those
between whom a line allows something. Whom the line allows it with somebody told by addresses behind a port that leads
outside, such an error may also reach from a router there: from anybody behind that port, as nothing tells routers.

ARP, ND, MLD and IGMP are not policy's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netproof.firewall.line import Line, Spot
from netproof.firewall.matches import ICMP, between, families_of, traffic_matches
from netproof.firewall.spelling import names
from netproof.firewall.tracking import IS_ERROR, IS_NO_ERROR, IS_NO_REPLY, IS_REPLY
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME

NEVER_JUDGED = (
    "meta protocol != { ip, ip6 } accept",
    "ip daddr 224.0.0.0/4 ip protocol 2 accept",
    "ip6 hoplimit 255 icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, "
    "nd-redirect } accept",
    "ip6 hoplimit 1 icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } "
    "accept",
)
"""What hosts say of addresses and groups, and what is no IP."""


@dataclass(frozen=True, slots=True)
class FarGateway:
    """A gateway on another host: its `mac` is met at `ports`, of which `trusted` take frames from hosts only."""

    mac: str
    ports: tuple[str, ...]
    trusted: tuple[str, ...]


def bridged(
    site: str, lines: Sequence[Line], ports: Sequence[str], gateways: Iterable[FarGateway] = ()
) -> Iterator[NftChain]:
    """Yield the chains that hold `lines`, in their order: for what starts and for what answers, and two for each line.

    `ports` are all of the segments that they speak of: what nobody can judge leaves by none of them. What goes to or
    comes from one of `gateways` is decided where it is routed.
    """
    for line in {line.number: line for line in lines if not line.is_of_all}.values():
        yield _chain(site, _name(line), "", _decisions(line, "dport"))
        yield _chain(site, _name_of_replies(line), "", _decisions(line, "sport"))
    hook = "type filter hook forward priority filter; policy accept;"
    # The kernel looks behind one tag, and no further; but a guest takes two priority tags for none (6.18).
    opaque = f"oifname {names(ports)} meta protocol {{ 8021q, 8021ad }} drop"
    passed = [rule for gateway in gateways for rule in _routed_elsewhere(gateway)]
    started = (r for line in lines for pair in line.pairs for r in _rules(*pair, line, _name(line)))
    yield _chain(site, "started", hook, (f"{IS_REPLY} accept", opaque, *NEVER_JUDGED, *passed, *started))
    answering = (r for line in lines for a, b in line.pairs for r in _rules(b, a, line, _name_of_replies(line)))
    yield _chain(site, "replies", hook, (f"{IS_NO_REPLY} accept", *NEVER_JUDGED, *passed, *answering))


def _chain(site: str, name: str, hook: str, rules: Iterable[str]) -> NftChain:
    return NftChain(HOME, "bridge", table_name(site), name, hook, tuple(rules))


def _name(line: Line) -> str:
    return f"line-{line.number}"


def _name_of_replies(line: Line) -> str:
    return f"line-{line.number}-replies"


def _decisions(line: Line, side: str) -> Iterator[str]:
    """Yield what becomes of packets between those of whom a line speaks; `side` is where its ports stand."""
    for match in traffic_matches(line, side):
        spared = f"{IS_NO_ERROR} " if match.startswith(ICMP) and not line.allow else ""
        yield f"{spared}{match}{line.verdict}"
    if line.allow:
        yield f"{IS_ERROR} accept"


def _routed_elsewhere(gateway: FarGateway) -> Iterator[str]:
    yield f"oifname {names(gateway.ports)} ether daddr {gateway.mac} accept"
    if gateway.trusted:
        yield f"iifname {names(gateway.trusted)} ether saddr {gateway.mac} accept"


def _rules(source: Spot, target: Spot, line: Line, chain: str) -> Iterator[str]:
    decide = line.verdict if line.is_of_all else f"jump {chain}"
    for family in families_of(source, target):
        yield f"{between(source, target, family)} {decide}"
    if line.allow and source.prefixes:
        router = Spot(source.ports)
        for family in families_of(router, target):
            yield f"{IS_ERROR} {between(router, target, family)} accept"
