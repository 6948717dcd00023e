"""Which way packets must go where a host has isolated NICs, worked out from the site alone.

::

    station ──red── [eth1, isolated]          red ─┐
                         host                      router ── far ── station
    station ─office─ [eth0]                office ─┘

To and from an address of ``eth1``: over red only, beyond it by the gateway on red. To and from any other address of the
host, and with no source yet to anywhere but red: as if there were no ``eth1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations

from netproof.proof.claim import Claim
from netproof.proof.gateways import is_gateway
from netproof.proof.parties import Spot, Stand, stack_of
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.proof.trails import Hop, Trail, crossing
from netproof.site.model import Site
from netproof.site.nodes import DeclaredRoute, Host, Nic, Node, Station
from netproof.values.address import Address, Family, family_of

_FAR = 16
"""Routers on one way, at the most."""
_MAIN = 254


@dataclass(frozen=True, slots=True)
class Crossing:
    """One step of a way: `node` puts a packet on the network of its `nic`, for who bears `hop` there."""

    node: str
    nic: Nic
    hop: Address


Way = tuple[Crossing, ...]
Trips = Callable[[Site, str, str, str], Iterator["RoundTrip"]]
"""From a site, two of its names and a family to the echoes that a class tries between them."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """An echo to `target` and back; `source` is whom the sender says to be, by its choice if `chosen`."""

    target: Address
    source: Address
    there: Way
    back: Way
    chosen: bool = False


def pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield who to whom: stations and hosts with isolated NICs both ways; stations past such a host, or past a gateway.

    Of a host that is a gateway, and forwards for nobody else.
    """
    for host in site.hosts.values():
        has_isolated = any(n.isolated for n in host.nics)
        for station in site.stations if has_isolated else ():
            yield station, host.name
            yield host.name, station
        if has_isolated or (is_gateway(site, host.name) and not host.forward):
            yield from _past(site, host)


def _past(site: Site, host: Host) -> Iterator[tuple[str, str]]:
    networks = {n.network for n in host.nics}
    near = [s.name for s in site.stations.values() if networks & {n.network for n in s.nics}]
    return permutations(near, 2)


def echoes(name: str, by: str, trips: Trips) -> Probe:
    """Return the class of claims that the pings of `trips`, and the replies to them, go the way that the site says."""

    def applies(site: Site, from_: str, to: str, family: str) -> bool:
        return any(trips(site, from_, to, family))

    def shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
        return (shot(scene, claim, trip) for trip in trips(scene.site, claim.from_, claim.to, claim.family))

    return Probe(name, "path", ("ipv4", "ipv6"), by, applies, shots, expect="deliver")


def isolated(host: Host) -> tuple[Nic, ...]:
    """Return the isolated NICs of `host`."""
    return tuple(n for n in host.nics if n.isolated)


def own_addresses(nics: Iterable[Nic], family: str) -> tuple[Address, ...]:
    """Return the addresses of `nics` in `family` that mean something beyond their link."""
    return tuple(a.ip for n in nics for a in n.addresses if family_of(a) == family and not _is_of_link(a.ip))


def others(site: Site, host: str) -> tuple[Nic, ...]:
    """Return the NICs of `host` that are neither isolated nor uplinks."""
    uplinks = {u.nic for s in site.segments.values() for u in s.uplinks if u.host == host}
    return tuple(n for n in site.hosts[host].nics if not n.isolated and n.name not in uplinks)


def _is_of_link(address: Address) -> bool:
    return address.version == 6 and address.is_link_local


def way(site: Site, start: str, source: Address | None, target: Address) -> Way | None:
    """Return how a packet of `start` comes to who bears `target`; None if it does not.

    Hosts forward nothing, and take what is for an address of theirs at the NIC that bears it.
    """
    taken, arrives = course(site, start, source, target)
    return taken if arrives else None


def course(site: Site, start: str, source: Address | None, target: Address) -> tuple[Way, bool]:
    """Return how far a packet of `start` for `target` comes, and whether it comes to who bears that."""
    node: Node = site.hosts.get(start) or site.stations[start]
    taken: list[Crossing] = []
    while len(taken) < _FAR:
        out = _way_out(node, source, target)
        bearer = _bearer(site, out) if out else None
        if out is None or not bearer:
            break
        taken.append(out)
        if out.hop == target or (isinstance(bearer, Station) and target in (a.ip for a in bearer.addresses)):
            return tuple(taken), True
        if not isinstance(bearer, Station) or not bearer.forward:
            break
        node = bearer
    return tuple(taken), False


def _bearer(site: Site, out: Crossing) -> Node | None:
    """Return who on the network bears the next hop."""
    for node in (*site.hosts.values(), *site.stations.values()):
        for nic in (n for n in node.nics if n.network == out.nic.network and node.name != out.node):
            if any(a.ip == out.hop for a in nic.addresses):
                return node
    return None


def _way_out(node: Node, source: Address | None, target: Address) -> Crossing | None:
    """Return the first step of `node` towards `target`, by the longest prefix that leads there."""
    nics, routes = node.nics, node.routes
    if isinstance(node, Host):
        nics, routes = _tables(node, source, target)
    found: list[tuple[int, Crossing]] = []
    for nic in nics:
        steps = [*_connected(nic, target), *_led(nic, node.nics, routes, target)]
        steps += [(0, gateway) for gateway in nic.gateways if gateway.version == target.version]
        found += [(length, Crossing(node.name, nic, hop)) for length, hop in steps]
    return max(found, key=lambda each: each[0])[1] if found else None


def _tables(host: Host, source: Address | None, target: Address) -> tuple[tuple[Nic, ...], tuple[DeclaredRoute, ...]]:
    """Return the NICs and routes that a packet of `host` may use."""
    for nic in isolated(host):
        if nic.isolated and any(a.ip == source for a in nic.addresses):
            return (nic,), tuple(r for r in host.routes if r.table == nic.isolated.table)
        if source is None and any(_connected(nic, target)):
            return (nic,), ()
    return tuple(n for n in host.nics if not n.isolated), tuple(r for r in host.routes if r.table == _MAIN)


def _connected(nic: Nic, target: Address) -> Iterator[tuple[int, Address]]:
    return ((a.network.prefixlen, target) for a in nic.addresses if target in a.network)


def _led(
    nic: Nic, nics: Iterable[Nic], routes: Iterable[DeclaredRoute], target: Address
) -> Iterator[tuple[int, Address]]:
    for route in (r for r in routes if target in r.to):
        hop = route.via or target
        if nic.name == (route.dev or next((n.name for n in nics if any(_connected(n, hop))), "")):
            yield route.to.prefixlen, hop


def _said_by(out: Crossing, target: Address) -> Address | None:
    """Return the source that a stack takes when nobody has chosen one: its address beside the next hop, else any."""
    own = own_addresses((out.nic,), family_of(target))
    beside = (a.ip for a in out.nic.addresses if out.hop in a.network)
    return next(beside, own[0] if own else None)


def round_trip(site: Site, from_: str, to: str, target: Address, source: Address | None = None) -> RoundTrip | None:
    """Return the echo from `from_` to the address `target` of `to` and back; None where there is no such way."""
    there = way(site, from_, source, target)
    said = source or (_said_by(there[0], target) if there else None)
    back = way(site, to, target, said) if there and said else None
    return RoundTrip(target, said, there, back, source is not None) if there and said and back else None


def shot(scene: Scene, claim: Claim, trip: RoundTrip) -> Shot:
    """Return the ping of a round trip; it arrives at the station of the two, which hears in whose frame."""
    site = scene.site
    family: Family = family_of(trip.target)
    there = [_hop(scene, c, reply=False) for c in trip.there]
    back = [_hop(scene, c, reply=True) for c in trip.back]
    by_host = claim.from_ in site.hosts
    last = (there if by_host else back)[-1][0]
    ear = arrival(site.stations[claim.to if by_host else claim.from_], trip.there if by_host else trip.back)
    sender = stack_of(claim.from_, family) if by_host else Spot(claim.from_, trip.there[0].nic.name)
    trail = Trail(last, frozenset(h for hops in (*there, *back) for h in hops), _watched(site))
    load = OwnStack(trip.target, chosen=trip.source if trip.chosen else None)
    told = f"{trip.target} from {trip.source}" if trip.chosen else str(trip.target)
    return Shot(told, sender, load, ear, trail=trail)


def arrival(station: Station, taken: Way) -> Spot:
    """Return where `station` hears what has taken that way to it."""
    return next(Spot(station.name, n.name) for n in station.nics if n.network == taken[-1].nic.network)


def _hop(scene: Scene, step: Crossing, *, reply: bool) -> tuple[Hop, Hop]:
    mac = scene.mac(Stand(step.node, step.nic.name, "", step.nic.addresses))
    return crossing(step.nic.network, mac, reply=reply)


def _watched(site: Site) -> frozenset[Spot]:
    return frozenset(Spot(s.name, n.name) for s in site.stations.values() for n in s.nics)
