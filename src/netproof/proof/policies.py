"""What the policy of a site says of a packet, worked out from the site alone: of the lines that match it, the first.

::

    mine ─ source ─────────── starts protocol/port ────────────▶ target ─ its     one Meeting; a reply is nobody's start
    mine ─ source ── near [ host of the Gate ] far ── seen ────▶ target ─ its     one by routing (`crossings`)

Who is who: an endpoint is its port, whatever address it speaks by; a station is its declared addresses; a prefix is
who bears an address of it and is neither endpoint nor host; `any` is everybody but hosts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from netproof.proof.parties import Same, Stand, Way, stands
from netproof.site.model import Site
from netproof.site.policy import ANY, PolicyLine, Selector, Traffic
from netproof.values.address import Address, Network

ICMP, TCP, UDP, SCTP = "icmp", "tcp", "udp", "sctp"
"""Protocols; of SCTP only lines about `all` speak."""
EVERYTHING = frozenset({ICMP, TCP, UDP, SCTP})
_PORTS = (1, 65535)


class Opening(NamedTuple):
    """Traffic that somebody starts: a protocol with the port that it is for, None for ICMP."""

    protocol: str
    port: int | None = None

    def __str__(self) -> str:
        return self.protocol if self.port is None else f"{self.protocol}/{self.port}"


@dataclass(frozen=True, slots=True)
class Gate:
    """The host by which two meet who are not on one Ethernet: a bridge of it (`Way`) or a NIC on the wire of each.

    `far` is None where a host is asked itself: its own stack. Whoever is asked sees the packets come from `seen`, which
    NAT may have put in place of the source. `answers`: an answer comes back by the same host, that knows of the start.
    """

    host: str
    near: Way | Stand
    far: Way | Stand | None
    seen: Address
    answers: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """One who may start something, and one towards whom, each where it stands and by one of its addresses.

    `lines` are those of the policy that speak of both, in their order; of what none of them decides, the protocols
    that are `otherwise` let pass do. `shut`: nothing may, whatever they say. `gate`: who routes between the two.
    """

    mine: Stand
    its: Stand
    source: Address
    target: Address
    lines: tuple[PolicyLine, ...]
    shut: bool = False
    otherwise: frozenset[str] = EVERYTHING
    gate: Gate | None = None

    @property
    def seen(self) -> Address:
        """The address from which whoever is asked sees the packets come."""
        return self.gate.seen if self.gate else self.source

    def decided(self, opening: Opening) -> bool | None:
        """Return what the first line that speaks of `opening` says; None if none does."""
        return next((line.allow for line in self.lines if any(covers(t, opening) for t in line.traffic)), None)

    def may(self, opening: Opening) -> bool:
        """Tell whether `opening` is to pass."""
        said = self.decided(opening)
        return not self.shut and (opening.protocol in self.otherwise if said is None else said)

    def may_none(self, protocol: str, first: int, last: int) -> bool:
        """Tell whether nothing of `protocol` to any port from `first` to `last` is to pass."""
        ranges = [_range(t) for line in self.lines for t in line.traffic if t.protocol == protocol]
        edges = {first, *(edge for low, high in ranges for edge in (low, high + 1) if first < edge <= last)}
        return not any(self.may(Opening(protocol, edge)) for edge in edges)

    def is_shut_off(self) -> bool:
        """Tell whether nothing at all is to pass."""
        ported = (protocol for protocol in EVERYTHING if protocol != ICMP)
        return not self.may(Opening(ICMP)) and all(self.may_none(protocol, *_PORTS) for protocol in ported)

    def named(self, *protocols: str) -> tuple[Opening, ...]:
        """Return what the lines name of `protocols`: of each range of ports the first, the middle and the last."""
        return tuple(o for protocol in protocols for o in self._named(protocol))

    def _named(self, protocol: str) -> tuple[Opening, ...]:
        spoken = [t for line in self.lines for t in line.traffic if t.protocol in (protocol, "all")]
        if protocol == ICMP:
            return (Opening(ICMP),) if spoken else ()
        ports = {port for low, high in map(_range, spoken) for port in (low, (low + high) // 2, high)}
        return tuple(Opening(protocol, port) for port in sorted(ports))

    def allowed(self, *protocols: str) -> tuple[Opening, ...]:
        """Return what the lines name of `protocols` that is to pass."""
        return tuple(o for o in self.named(*protocols) if self.may(o))

    def denied(self, *protocols: str) -> tuple[Opening, ...]:
        """Return what the lines name of `protocols` that is not to pass."""
        return tuple(o for o in self.named(*protocols) if not self.may(o))

    def beside(self) -> tuple[Opening, ...]:
        """Return what is not to pass of the ports just below and above those that a line lets pass."""
        spoken = [t for line in self.lines if line.allow for t in line.traffic if t.first is not None]
        ports = [(t.protocol, port) for t in spoken for port in (_range(t)[0] - 1, _range(t)[1] + 1)]
        near = (Opening(p, port) for p, port in sorted(set(ports)) if _PORTS[0] <= port <= _PORTS[1])
        return tuple(o for o in near if not self.may(o))


def covers(traffic: Traffic, opening: Opening) -> bool:
    """Tell whether `opening` is of the `traffic` that a line names."""
    if traffic.protocol == "all":
        return True
    if traffic.protocol != opening.protocol:
        return False
    low, high = _range(traffic)
    return opening.port is None or low <= opening.port <= high


def _range(traffic: Traffic) -> tuple[int, int]:
    if traffic.first is None:
        return _PORTS
    return traffic.first, traffic.first if traffic.last is None else traffic.last


def selects(site: Site, selector: Selector, node: str, address: Address) -> bool:
    """Tell whether `selector` means `node` where it speaks by `address`."""
    if selector == ANY:
        return node not in site.hosts
    if isinstance(selector, str):
        if node in site.endpoints:
            return selector in (node, site.endpoints[node].segment)
        return selector == node and (node in site.hosts or address in _borne(site, node))
    return node not in site.endpoints and node not in site.hosts and address in selector


def lines_between(site: Site, mine: tuple[str, Address], its: tuple[str, Address]) -> tuple[PolicyLine, ...]:
    """Return the lines of the policy that speak of one who starts by an address, and one who is asked at another."""
    return tuple(line for line, from_, to in _sides(Same(site)) if from_.means(site, *mine) and to.means(site, *its))


@dataclass(frozen=True, slots=True)
class _Side:
    """The selectors of one side of a line, names and prefixes apart: a line may have very many of either."""

    names: frozenset[str]
    prefixes: tuple[Network, ...]

    def means(self, site: Site, node: str, address: Address) -> bool:
        """Tell whether one of them means `node` where it speaks by `address`."""
        known = (ANY, node, site.endpoints[node].segment) if node in site.endpoints else (ANY, node)
        named = (s for s in known if s in self.names)
        return any(selects(site, s, node, address) for s in named) or (
            node not in site.endpoints and any(selects(site, p, node, address) for p in self.prefixes)
        )


@lru_cache(maxsize=4)
def _sides(key: Same) -> tuple[tuple[PolicyLine, _Side, _Side], ...]:
    return tuple((line, _side(line.from_), _side(line.to)) for line in key.site.policy)


def _side(selectors: tuple[Selector, ...]) -> _Side:
    names = frozenset(s for s in selectors if isinstance(s, str))
    return _Side(names, tuple(s for s in selectors if not isinstance(s, str)))


def _borne(site: Site, node: str) -> tuple[Address, ...]:
    owner = site.stations[node] if node in site.stations else site.hosts[node]
    return tuple(a.ip for a in owner.addresses)


def meet(site: Site, mine: Stand, its: Stand, source: Address, target: Address) -> Meeting:
    """Return the meeting of two who are on one Ethernet, by one address of each."""
    lines = lines_between(site, (mine.node, source), (its.node, target))
    guests = mine.node in site.endpoints and its.node in site.endpoints
    return Meeting(mine, its, source, target, lines, shut=guests and site.segments[mine.segment].private)


def meetings(site: Site, from_: str, to: str, family: str) -> Iterator[Meeting]:
    """Yield each meeting of `from_` with `to` by addresses of `family` on a segment of both.

    Every address of a station is tried as the source, of an endpoint the first: an endpoint is its port.
    """
    for mine, its in company(site, from_, to):
        sources = mine.addresses(family)[: 1 if from_ in site.endpoints else None]
        for source, target in product(sources, its.addresses(family)):
            yield meet(site, mine, its, source, target)


def turned(site: Site, meeting: Meeting) -> Meeting:
    """Return the meeting in which the other one starts."""
    return meet(site, meeting.its, meeting.mine, meeting.target, meeting.source)


def company(site: Site, from_: str, to: str) -> Iterator[tuple[Stand, Stand]]:
    """Yield the stands of `from_` and `to` on every segment of both, but for two stations on one network.

    Between those there is no host that could hold a policy.
    """
    for mine, its in ((a, b) for a in stands(site, from_) for b in stands(site, to) if a.segment == b.segment):
        wires = [site.stations[s.node].nic(s.ifname).network for s in (mine, its) if s.node in site.stations]
        if mine.node != its.node and len(wires) == len(set(wires)):
            yield mine, its


def pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every ordered pair of members of a segment of which a line of the policy speaks, one way or the other."""
    for a, b in spoken(site):
        if a not in site.hosts and any(m.segment == i.segment for m in stands(site, a) for i in stands(site, b)):
            yield a, b


def spoken(site: Site) -> tuple[tuple[str, str], ...]:
    """Return every ordered pair of nodes of which a line speaks, by any of their addresses, one way or the other."""
    nodes = (*site.endpoints, *site.stations, *site.hosts)
    found: dict[tuple[str, str], None] = {}
    for line in site.policy:
        sources, targets = ([n for n in nodes if may_mean(site, side, n)] for side in (line.from_, line.to))
        for a, b in product(sources, targets):
            if a != b:
                found[a, b] = found[b, a] = None
    return tuple(found)


def may_mean(site: Site, selectors: tuple[Selector, ...], node: str) -> bool:
    """Tell whether one of `selectors` means `node` by any of its addresses."""
    if node in site.stations:
        return any(selects(site, s, node, a) for s in selectors for a in _borne(site, node)) or ANY in selectors
    if node in site.hosts:
        return node in selectors
    endpoint = site.endpoints[node]
    return any(s in (ANY, node, endpoint.segment) for s in selectors)
