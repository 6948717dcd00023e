"""What the policy of a site says of a packet, worked out from the site alone: of the lines that match it, the first.

::

    mine ─ source ──── starts protocol/port ────▶ target ─ its        one Meeting; a reply is nobody's start

Who is who: an endpoint is its port, whatever address it speaks by; a station is its declared addresses; a prefix is
who bears an address of it and is no endpoint; `any` is everybody but hosts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from netproof.proof.parties import Stand, members, stands
from netproof.site.model import ANY, PolicyLine, Selector, Site, Traffic
from netproof.values.address import Address

ICMP, TCP, UDP, SCTP = "icmp", "tcp", "udp", "sctp"
"""Protocols; of SCTP only lines about `all` speak."""
_PORTS = (1, 65535)


class Opening(NamedTuple):
    """Traffic that somebody starts: a protocol with the port that it is for, None for ICMP."""

    protocol: str
    port: int | None = None

    def __str__(self) -> str:
        return self.protocol if self.port is None else f"{self.protocol}/{self.port}"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One who may start something, and one towards whom, each where it stands and by one of its addresses.

    `lines` are those of the policy that speak of both, in their order; what none of them decides may pass. `shut`:
    nothing may, whatever they say.
    """

    mine: Stand
    its: Stand
    source: Address
    target: Address
    lines: tuple[PolicyLine, ...]
    shut: bool

    def decided(self, opening: Opening) -> bool | None:
        """Return what the first line that speaks of `opening` says; None if none does."""
        return next((line.allow for line in self.lines if any(covers(t, opening) for t in line.traffic)), None)

    def may(self, opening: Opening) -> bool:
        """Tell whether `opening` is to pass."""
        return not self.shut and self.decided(opening) is not False

    def may_none(self, protocol: str, first: int, last: int) -> bool:
        """Tell whether nothing of `protocol` to any port from `first` to `last` is to pass."""
        ranges = [_range(t) for line in self.lines for t in line.traffic if t.protocol == protocol]
        edges = {first, *(edge for low, high in ranges for edge in (low, high + 1) if first < edge <= last)}
        return not any(self.may(Opening(protocol, edge)) for edge in edges)

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
    return node not in site.endpoints and address in selector


def _borne(site: Site, node: str) -> tuple[Address, ...]:
    owner = site.stations[node] if node in site.stations else site.hosts[node]
    return tuple(a.ip for a in owner.addresses)


def meet(site: Site, mine: Stand, its: Stand, source: Address, target: Address) -> Meeting:
    """Return the meeting of two who are on one Ethernet, by one address of each."""
    lines = tuple(
        line
        for line in site.policy
        if any(selects(site, s, mine.node, source) for s in line.from_)
        and any(selects(site, s, its.node, target) for s in line.to)
    )
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
    for segment in site.segments if site.policy else ():
        names = list(dict.fromkeys(m.node for m in members(site, segment)))
        for a, b in product(names, names):
            if a != b and (_is_spoken_of(site, a, b) or _is_spoken_of(site, b, a)):
                yield a, b


def _is_spoken_of(site: Site, from_: str, to: str) -> bool:
    return any(_may_mean(site, line.from_, from_) and _may_mean(site, line.to, to) for line in site.policy)


def _may_mean(site: Site, selectors: tuple[Selector, ...], node: str) -> bool:
    """Tell whether one of `selectors` means `node` by any of its addresses."""
    if node in site.stations:
        return any(selects(site, s, node, a) for s in selectors for a in _borne(site, node)) or ANY in selectors
    endpoint = site.endpoints[node]
    return any(s in (ANY, node, endpoint.segment) for s in selectors)


def routed(site: Site) -> Iterator[PolicyLine]:
    """Yield the lines that open a way through a gateway or to a host, or narrow what NAT lets out: none is tried there.

    What a line denies anywhere else between two segments, or from outside into one, is denied without it, and claimed.
    """
    for line in site.policy:
        if any(_is_routed(site, a, b, allow=line.allow) for a, b in product(line.from_, line.to)):
            yield line


def _is_routed(site: Site, from_: Selector, to: Selector, *, allow: bool) -> bool:
    if from_ in site.hosts:
        return False
    if to in site.hosts:
        return allow
    mine, its = _segments_of(site, from_), _segments_of(site, to)
    behind = {s.name for s in site.segments.values() if s.gateway}
    if not allow:
        return bool(
            _is_outside(site, to) and any(s.gateway and s.gateway.nat for s in map(site.segments.get, mine) if s)
        )
    apart = any(a != b and {a, b} & behind for a, b in product(mine, its))
    return apart or (_is_outside(site, to) and bool(mine & behind)) or (_is_outside(site, from_) and bool(its & behind))


def _segments_of(site: Site, selector: Selector) -> frozenset[str]:
    if selector == ANY:
        return frozenset(site.segments)
    if selector in site.stations:
        return frozenset(s for s in site.segments if selector in {m.node for m in members(site, s)})
    if selector in site.endpoints:
        return frozenset({site.endpoints[str(selector)].segment})
    return frozenset({str(selector)} & set(site.segments))


def _is_outside(site: Site, selector: Selector) -> bool:
    """Tell whether `selector` means somebody who is in no segment."""
    return selector == ANY or not _segments_of(site, selector)
