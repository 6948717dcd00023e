"""Who meets through a gateway, or meets its host, worked out from the site alone: the policy binds them as neighbours.

::

    endpoint ── bridge [ gateway's host ] bridge ── endpoint of another segment
                              │     └──── NIC ───── station outside; another managed host, opened by name
                              └ its own IP stack, opened by name

Where no line decides, only what NAT lets out passes, and a ping to the own gateway. An endpoint that is asked through
routing is its addresses. Where the host that routes back is another one than that which routes there, it knows nothing
of the start: no answer comes back, and none is claimed to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from netproof.proof import policies
from netproof.proof.gateways import doors, gateway_addresses, gateway_host, gateway_of, neighbours_of
from netproof.proof.nat import is_let_out
from netproof.proof.parties import Stand, Way, host_addresses, joined, stack_of, stands
from netproof.proof.policies import EVERYTHING, ICMP, Gate, Meeting, lines_between, meetings, spoken
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic
from netproof.values.address import FAMILIES, Address, Interface, family_of

_NOTHING: frozenset[str] = frozenset()


class _Route(NamedTuple):
    """From one stand by a host to another, by its bridge or its NIC on either wire; `back`: the host that answers take.

    `nat`: the NIC by which it leaves under that one's address.
    """

    host: Host
    mine: Stand
    near: Way | Stand
    its: Stand
    far: Way | Stand
    back: str
    nat: Nic | None = None


def encounters(site: Site, from_: str, to: str, family: str) -> Iterator[Meeting]:
    """Yield each meeting of `from_` with `to` by addresses of `family`, on a segment of both or through a gateway."""
    yield from meetings(site, from_, to, family)
    yield from crossings(site, from_, to, family)


def answered(site: Site, from_: str, to: str, family: str) -> Iterator[Meeting]:
    """Yield the encounters in which an answer comes back, or in which a host is asked, which may answer nothing."""
    every = encounters(site, from_, to, family)
    return (m for m in every if m.gate is None or m.gate.answers or m.gate.far is None)


def crossings(site: Site, from_: str, to: str, family: str) -> Iterator[Meeting]:
    """Yield each meeting of `from_` with `to` through the gateway of one of them, or with the host of a gateway."""
    if to in site.hosts:
        yield from _at_host(site, from_, to, family)
    for route in _routes(site, from_, to):
        sources = route.mine.addresses(family)[: 1 if from_ in site.endpoints else None]
        for source, target in product(sources, route.its.addresses(family)):
            yield _crossing(site, route, source, target)


def turned(site: Site, meeting: Meeting) -> Meeting:
    """Return the encounter in which the other one starts; no line speaks of what a host starts."""
    if meeting.gate is None:
        return policies.turned(site, meeting)
    ends = meeting.its, meeting.mine
    for route in _routes(site, meeting.its.node, meeting.mine.node):
        if (route.mine, route.its) == ends:
            return _crossing(site, route, meeting.target, meeting.source)
    back = replace(meeting, mine=meeting.its, its=meeting.mine, source=meeting.target, target=meeting.source)
    return replace(back, lines=(), otherwise=_NOTHING)


def pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every ordered pair of which a line of the policy speaks, one way or the other, and that something joins.

    Members of a segment, an endpoint and whom its gateway's host routes to, and an endpoint and a managed host.
    """
    yield from policies.pairs(site)
    for a, b in spoken(site):
        at_host = b in site.hosts and gateway_host(site, a) is not None
        if at_host or any(_routes(site, a, b)) or any(_routes(site, b, a)):
            yield a, b


def _routes(site: Site, from_: str, to: str) -> Iterator[_Route]:
    if from_ in site.endpoints and to in site.endpoints:
        yield from _between_segments(site, from_, to)
    elif from_ in site.endpoints and to in site.stations:
        yield from _outwards(site, from_, to)
    elif from_ in site.stations and to in site.endpoints:
        for out in _outwards(site, to, from_):
            yield _Route(out.host, out.its, out.far, out.mine, out.near, out.host.name)


def _between_segments(site: Site, from_: str, to: str) -> Iterator[_Route]:
    mine, its, host = _inside(site, from_), _inside(site, to), gateway_host(site, from_)
    back, gateway = gateway_host(site, to), site.segments[its.segment].gateway
    apart = its.segment not in joined(site, mine.segment)
    if host and back and gateway and host.name in gateway.hosts and apart:
        yield _Route(host, mine, Way(mine, host.name), its, Way(its, host.name), back.name)


def _outwards(site: Site, endpoint: str, station: str) -> Iterator[_Route]:
    host = gateway_host(site, endpoint)
    if host is None:
        return
    mine = _inside(site, endpoint)
    for nic in _ways_out(site, endpoint):
        door = Stand(host.name, nic.name, "", nic.addresses)
        nat = nic if gateway_of(site, endpoint).nat == nic.name else None
        for its in _outside(site, host, nic, station):
            yield _Route(host, mine, Way(mine, host.name), its, door, host.name, nat)


def _ways_out(site: Site, endpoint: str) -> Iterator[Nic]:
    return (nic for nic in doors(site, site.endpoints[endpoint]) if not nic.isolated)


def _inside(site: Site, endpoint: str) -> Stand:
    """Return where an endpoint stands, with those of its addresses that its gateway has a way to."""
    [stand] = stands(site, endpoint)
    gateway = site.segments[stand.segment].gateway
    subnets = [a.network for a in gateway.addresses] if gateway else []
    routed = (i for i in stand.interfaces if not i.is_link_local and any(i.ip in s for s in subnets))
    return replace(stand, interfaces=tuple(routed))


def _outside(site: Site, host: Host, nic: Nic, station: str) -> Iterator[Stand]:
    """Yield where a station stands on the network of `nic`, with the addresses to which `host` sends by that NIC.

    Of a router to whom all else is sent, that is what it bears on other networks as well.
    """
    for near in (n for n in site.stations[station].nics if n.network == nic.network):
        routers = {family_of(g) for g in nic.gateways if any(a.ip == g for a in near.addresses)}
        found = [a for a in near.addresses if _is_sent_by(host, nic, a)]
        for other in (n for n in site.stations[station].nics if n.network != nic.network):
            found += [a for a in other.addresses if family_of(a) in routers and not _is_on_link(host, a)]
        yield Stand(station, near.name, "", tuple(a for a in found if not a.is_link_local))


def _is_sent_by(host: Host, nic: Nic, address: Interface) -> bool:
    first = next((n for n in host.nics if not n.isolated and any(address.ip in a.network for a in n.addresses)), None)
    return first is not None and first.name == nic.name


def _is_on_link(host: Host, address: Interface) -> bool:
    return any(address.ip in a.network for a in host.addresses)


def _crossing(site: Site, route: _Route, source: Address, target: Address) -> Meeting:
    lines = lines_between(site, (route.mine.node, source), (route.its.node, target))
    seen = _hidden(route.nat, target) if route.nat else source
    gate = Gate(route.host.name, route.near, route.far, seen, route.back == route.host.name)
    free = route.nat and is_let_out(site, site.segments[route.mine.segment], route.host.name, route.nat.name, target)
    otherwise = EVERYTHING if free else _NOTHING
    return Meeting(route.mine, route.its, source, target, lines, otherwise=otherwise, gate=gate)


def _hidden(nic: Nic, target: Address) -> Address:
    """Return the address that masquerading by `nic` puts in place of the source: one in the subnet of the next hop."""
    own = [a for a in nic.addresses if family_of(a) == family_of(target) and not a.is_link_local]
    hops = (target, *nic.gateways)
    return next((a.ip for hop in hops for a in own if hop in a.network), own[0].ip)


def _at_host(site: Site, from_: str, to: str, family: str) -> Iterator[Meeting]:
    host = gateway_host(site, from_)
    if host is None:
        return
    its = Stand(*stack_of(to, next(f for f in FAMILIES if f == family)), "", ())
    targets = _own(site, from_, host, family) if to == host.name else _others(site, from_, host, to, family)
    for target, nat in targets:
        source = _source(site, from_, target)
        if source is not None:
            lines = lines_between(site, (from_, source), (to, target))
            mine = _inside(site, from_)
            seen = _hidden(nat, target) if nat else source
            gate = Gate(host.name, Way(mine, host.name), None, seen, answers=to == host.name or nat is not None)
            is_ping = to == host.name and target in gateway_addresses(site, from_, family)
            otherwise = frozenset({ICMP}) if is_ping else _NOTHING
            yield Meeting(mine, its, source, target, lines, otherwise=otherwise, gate=gate)


def _source(site: Site, endpoint: str, target: Address) -> Address | None:
    """Return an address by which an endpoint speaks to `target`, link-local to a link-local one alone."""
    own = (a.ip for a in site.endpoints[endpoint].addresses if family_of(a) == family_of(target))
    return next((a for a in own if a.is_link_local == target.is_link_local), None)


def _own(site: Site, endpoint: str, host: Host, family: str) -> Iterator[tuple[Address, None]]:
    """Yield the addresses of the gateway's host: the gateway's, its NICs', and those of its other gateways."""
    own = gateway_addresses(site, endpoint, family)
    [stand] = stands(site, endpoint)
    isolated = {a.ip for nic in host.nics if nic.isolated for a in nic.addresses}
    gateways = (s.gateway for s in site.segments.values() if s.gateway and host.name in s.gateway.hosts)
    others = [*host_addresses(site, Way(stand, host.name), family)]
    others += [a.ip for g in gateways for a in g.addresses if family_of(a) == family]
    routed = (a for a in others if not a.is_link_local and a not in isolated)
    yield from ((a, None) for a in dict.fromkeys((*own, *routed)))


def _others(site: Site, endpoint: str, host: Host, to: str, family: str) -> Iterator[tuple[Address, Nic | None]]:
    """Yield the addresses of another managed host on the networks of the gateway's, each with the NIC of NAT if any."""
    nat = gateway_of(site, endpoint).nat
    for nic in _ways_out(site, endpoint):
        for other, its in neighbours_of(site, host, nic):
            if other.name == to and not its.isolated:
                found = (a for a in its.addresses if family_of(a) == family and not a.is_link_local)
                yield from ((a.ip, nic if nic.name == nat else None) for a in found if _is_sent_by(host, nic, a))
