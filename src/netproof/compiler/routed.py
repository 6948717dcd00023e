"""The policy as it concerns what a gateway routes, and what ends at its host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from netproof.compiler.situation import Situation
from netproof.firewall.line import Line, Spot
from netproof.site.endpoints import Endpoint
from netproof.site.policy import ANY, PolicyLine, Selector
from netproof.site.segments import Segment
from netproof.values.address import Interface, Network


@dataclass(frozen=True, slots=True)
class Routed:
    """The lines about packets that this host forwards from or to a segment that it is the gateway of.

    `to_hosts` are about other managed hosts, `to_others` about anybody else; `hosts` are the addresses of all hosts.
    """

    to_hosts: tuple[Line, ...]
    to_others: tuple[Line, ...]
    hosts: tuple[Network, ...]

    @property
    def links(self) -> tuple[str, ...]:
        """The links between which a line lets something pass."""
        pairs = (pair for line in (*self.to_hosts, *self.to_others) if line.allow for pair in line.pairs)
        return tuple(sorted({port for pair in pairs for spot in pair for port in spot.ports}))


def routed_lines(now: Situation) -> Routed | None:
    """Return the lines about what this host routes; None if there are none."""
    inside = [s for s in now.segments if now.gateway(s)]
    to_hosts, to_others = (_errors_first(_lines(now, inside, hosts=hosts)) for hosts in (True, False))
    if not to_hosts and not to_others:
        return None
    return Routed(to_hosts, to_others, _alone(a for host in now.site.hosts for a in _addresses(now, host)))


def lines_to_host(now: Situation, segment: Segment) -> tuple[Line, ...]:
    """Return the lines about what comes in by the gateway of `segment` and ends at this host, which they name.

    Of its link-local addresses only those of this gateway are there to be asked.
    """
    gateway = segment.gateway.addresses if segment.gateway else ()
    here = tuple(ip_network(a.ip) for a in gateway if a.is_link_local)
    host = Spot((), prefixes=(*_alone(_addresses(now, now.host.name)), *here))
    return tuple(
        Line(number, tuple(sources), (host,), line.traffic, line.allow)
        for number, line in enumerate(now.site.policy, 1)
        if now.host.name in line.to and (sources := [*_inside(now, [segment], line.from_)])
    )


def _lines(now: Situation, inside: Sequence[Segment], *, hosts: bool) -> Iterator[Line]:
    """Yield each line, and, of one that allows something, that errors about it may pass: either way, from routers too.

    These are behind NICs, where nothing tells them from others.
    """
    for number, line in enumerate(now.site.policy if inside else (), 1):
        named = tuple(s for s in line.to if (s in now.site.hosts) == hosts and s != now.host.name)
        asked = [*_asked(now, inside, named)]
        yield from _line(number, line, _inside(now, inside, line.from_), [*_outside(now, named), *asked])
        yield from _line(number, line, _outside(now, line.from_), asked)
        for from_, to in ((line.from_, named), (named, line.from_)) if line.allow else ():
            reached, routers = [*_asked(now, inside, to)], [Spot(s.ports) for s in _outside(now, from_)]
            yield from _line(number, line, _inside(now, inside, from_), [*_outside(now, to), *reached], of_errors=True)
            yield from _line(number, line, routers, reached, of_errors=True)


def _errors_first(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return `lines` with those of errors in front: whoever may start nothing may still have to tell of an error."""
    return tuple(sorted(lines, key=lambda line: not line.of_errors))


def _line(
    number: int, line: PolicyLine, sources: Iterable[Spot], targets: Iterable[Spot], *, of_errors: bool = False
) -> Iterator[Line]:
    made = Line(number, tuple(sources), tuple(targets), line.traffic, line.allow, of_errors)
    if made.pairs:
        yield made


def _inside(now: Situation, inside: Sequence[Segment], selectors: Sequence[Selector]) -> Iterator[Spot]:
    """Yield who of `selectors` starts something within a segment: by bridge and MAC."""
    for segment in inside:
        if ANY in selectors:
            yield Spot((now.bridge(segment),))
        elif macs := tuple(e.mac for e in _named(now, segment, selectors)):
            yield Spot((now.bridge(segment),), macs=macs)


def _asked(now: Situation, inside: Sequence[Segment], selectors: Sequence[Selector]) -> Iterator[Spot]:
    """Yield who of `selectors` is asked within a segment: by bridge and address."""
    for segment in inside:
        if ANY in selectors:
            yield Spot((now.bridge(segment),))
        elif prefixes := _alone(a for e in _named(now, segment, selectors) for a in e.addresses):
            yield Spot((now.bridge(segment),), prefixes=prefixes)


def _outside(now: Situation, selectors: Sequence[Selector]) -> Iterator[Spot]:
    """Yield who of `selectors` is met behind a NIC: by address."""
    nics = tuple(nic.name for nic in now.host.nics if nic.addresses)
    if nics and ANY in selectors:
        yield Spot(nics)
        return
    named = [s for s in selectors if isinstance(s, str)]
    prefixes = tuple(s for s in selectors if not isinstance(s, str))
    prefixes += _alone(a for name in named for a in _addresses(now, name))
    if nics and prefixes:
        yield Spot(nics, prefixes=prefixes)


def _named(now: Situation, segment: Segment, selectors: Sequence[Selector]) -> list[Endpoint]:
    return [e for e in now.site.endpoints_of(segment.name) if segment.name in selectors or e.name in selectors]


def _addresses(now: Situation, name: str) -> Iterator[Interface]:
    """Yield the addresses of a station or of a host, those of its gateways among them; none of anybody else."""
    node = now.site.hosts.get(name) or now.site.stations.get(name)
    yield from node.addresses if node else ()
    for segment in now.site.segments.values():
        if segment.gateway and name in segment.gateway.hosts:
            yield from segment.gateway.addresses


def _alone(addresses: Iterable[Interface]) -> tuple[Network, ...]:
    return tuple(ip_network(a.ip) for a in dict.fromkeys(addresses) if not a.is_link_local)
