"""The claims of a site: who to whom, times the classes that can exist between them. A pure function of the site.

Given a furnished site, every claim has someone to send and someone to watch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netproof.proof import flooding, gateways, mtus, overhearing, paths, thefts, transports, trunks
from netproof.proof.claim import Claim
from netproof.proof.crossings import pairs as _policy
from netproof.proof.parties import heard_on, joined, members, stands
from netproof.proof.probe import Kind, Probe
from netproof.registry import variants
from netproof.site.model import Site


def probes() -> dict[str, Probe]:
    """Return the probe classes by name."""
    return variants("netproof.proof.classes", "PROBE")


def claims(site: Site) -> tuple[Claim, ...]:
    """Return every claim of `site`, sorted by id."""
    pairs = {kind: tuple(dict.fromkeys(of(site))) for kind, of in _PAIRS.items()}
    return tuple(sorted(claim for probe in probes().values() for claim in _claims_of(site, probe, pairs[probe.kind])))


def _claims_of(site: Site, probe: Probe, pairs: Iterable[tuple[str, str]]) -> Iterator[Claim]:
    for from_, to in pairs:
        for family in probe.families:
            if probe.applies(site, from_, to, family):
                name = f"{probe.kind}/{from_}/{to}/{probe.name}/{family}"
                yield Claim(name, probe.kind, from_, to, probe.name, family, probe.expect)


def _reach(site: Site) -> Iterator[tuple[str, str]]:
    for segment in site.segments:
        names = [m.node for m in members(site, segment)]
        shy = frozenset(e.name for e in site.endpoints_of(segment)) if site.segments[segment].private else frozenset()
        yield from ((a, b) for a in names for b in names if a != b and not {a, b} <= shy)
    for host in site.hosts.values():
        for station in (s for nic in host.nics for s in site.stations_on(nic.network)):
            yield from ((station.name, host.name), (host.name, station.name))
    yield from gateways.reach_pairs(site)


def _isolation(site: Site) -> Iterator[tuple[str, str]]:
    for segment in site.segments:
        own, wires = joined(site, segment), heard_on(site, segment)
        for member in (m.node for m in members(site, segment)):
            mine = {s.segment for s in stands(site, member)}
            for host in site.hosts_of(segment):
                yield member, host.name
                others = {n.network for n in host.nics} - wires
                # A station that is a member too: at its NIC behind the host it is not reached through that host.
                yield from ((member, s.name) for n in others for s in site.stations_on(n) if s.name != member)
            yield from ((member, other) for other in site.segments if other not in own | mine)
    yield from gateways.isolation_pairs(site)
    yield from flooding.isolation_pairs(site)
    yield from overhearing.isolation_pairs(site)
    yield from trunks.isolation_pairs(site)


def _identity(site: Site) -> Iterator[tuple[str, str]]:
    for segment in site.segments:
        names = [m.node for m in members(site, segment)]
        yield from ((e.name, other) for e in site.endpoints_of(segment) for other in names if other != e.name)
    yield from gateways.identity_pairs(site)
    yield from thefts.pairs(site)


def _mtu(site: Site) -> Iterator[tuple[str, str]]:
    return ((a, b) for a, b in _reach(site) if mtus.are_apart(site, a, b))


_PAIRS: dict[Kind, Callable[[Site], Iterator[tuple[str, str]]]] = {
    "reach": _reach,
    "policy": _policy,
    "isolation": _isolation,
    "identity": _identity,
    "transport": transports.pairs,
    "mtu": _mtu,
    "path": paths.pairs,
}
