"""Who stands where: members on their segments, the ways from a member into a host, and what lies at the end of each.

::

    member ── segment ──[ bridge ]── host ── its other NICs ── network ── station behind the host
       └────── a Stand ─────┘
       └────────── a Way ───────────────┘
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from netproof.proof.nat import is_let_out
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.values.address import Address, Family, Interface, family_of


class Spot(NamedTuple):
    """A place where a packet can come out: an interface of a node, or the IP stack of a host (`stack_of`)."""

    node: str
    where: str


def stack_of(host: str, family: Family) -> Spot:
    """Return the spot behind the IP stack of `host`; interface names have no blank, so it is never one of them."""
    return Spot(host, f"{family} stack")


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a member stands on a segment: an interface there, and the addresses of that interface."""

    node: str
    ifname: str
    segment: str
    interfaces: tuple[Interface, ...]

    def __hash__(self) -> int:
        return hash((self.node, self.ifname, self.segment))  # to hash interfaces is slow, and tells few apart

    @property
    def spot(self) -> Spot:
        """The place where frames reach this member."""
        return Spot(self.node, self.ifname)

    def addresses(self, family: str) -> tuple[Address, ...]:
        """Return the addresses of `family`."""
        return tuple(i.ip for i in self.interfaces if family_of(i) == family)


@dataclass(frozen=True, slots=True)
class Way:
    """From a member's stand to the bridge that its segment has on `host`."""

    stand: Stand
    host: str


def stands(site: Site, name: str) -> tuple[Stand, ...]:
    """Return every stand of endpoint or station `name`: one for each interface on a segment that it is a member of."""
    return _roster(Same(site)).of_node.get(name, ())


def members(site: Site, segment: str) -> tuple[Stand, ...]:
    """Return the members of `segment` where they stand on it: endpoints first, in the order of the file."""
    return _roster(Same(site)).of_segment[segment]


def alongside(site: Site, spot: Spot) -> tuple[Spot, ...]:
    """Return the other interfaces that a station has on the Ethernet of `spot`, an interface of it."""
    return _roster(Same(site)).alongside.get(spot, ())


class Same:
    """A site as a key: the same object, not an equal one; sites never change, and comparing them is slow."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.site is self.site

    def __hash__(self) -> int:
        return id(self.site)


@dataclass(frozen=True, slots=True)
class _Roster:
    of_segment: dict[str, tuple[Stand, ...]]
    of_node: dict[str, tuple[Stand, ...]]
    alongside: dict[Spot, tuple[Spot, ...]]


@lru_cache(maxsize=4)
def _roster(key: Same) -> _Roster:
    of_segment = {segment: tuple(_members(key.site, segment)) for segment in key.site.segments}
    of_node: dict[str, tuple[Stand, ...]] = {}
    for stand in (s for standing in of_segment.values() for s in standing):
        of_node[stand.node] = (*of_node.get(stand.node, ()), stand)
    return _Roster(of_segment, of_node, dict(_alongside(key.site)))


def _members(site: Site, segment: str) -> Iterator[Stand]:
    networks = set(site.uplink_networks(segment))
    for member in site.members(segment):
        if member.name in site.endpoints:
            yield Stand(member.name, "eth0", segment, member.addresses)
        else:
            nics = (n for n in site.stations[member.name].nics if n.network in networks)
            yield from (Stand(member.name, n.name, segment, n.addresses) for n in nics)


def _alongside(site: Site) -> Iterator[tuple[Spot, tuple[Spot, ...]]]:
    wires = {n: networks_of(site, s) for s in site.segments for n in site.uplink_networks(s)}
    for station in (s for s in site.stations.values() if len(s.nics) > 1):
        for nic in station.nics:
            wire = wires.get(nic.network, {nic.network})
            others = (n for n in station.nics if n.network in wire and n.name != nic.name)
            yield Spot(station.name, nic.name), tuple(Spot(station.name, n.name) for n in others)


def joined(site: Site, segment: str) -> frozenset[str]:
    """Return `segment` and every segment that networks outside the hosts join it with: they are one Ethernet."""
    segments, networks = {segment}, set(site.uplink_networks(segment))
    while True:
        more = {s for s in site.segments if networks & set(site.uplink_networks(s))} - segments
        if not more:
            return frozenset(segments)
        segments |= more
        networks |= {n for s in more for n in site.uplink_networks(s)}


def networks_of(site: Site, segment: str) -> frozenset[str]:
    """Return the physical networks that are one Ethernet with `segment`."""
    return frozenset(n for s in joined(site, segment) for n in site.uplink_networks(s))


def heard_on(site: Site, segment: str) -> frozenset[str]:
    """Return the networks on which frames of `segment` are heard: those that are one Ethernet with it, and trunks."""
    networks = networks_of(site, segment)
    return networks | {vlan.trunk for n in networks if (vlan := site.networks[n].vlan)}


def ethernet(site: Site, segment: str) -> frozenset[Spot]:
    """Return every spot where frames of `segment` may come out without a breach: whoever is on its Ethernet.

    So is, for all VLANs, who is on the trunk itself: there they are told apart by their tags alone.
    """
    ports = {Spot(e.name, "eth0") for s in joined(site, segment) for e in site.endpoints_of(s)}
    around = heard_on(site, segment)
    wires = {Spot(s.name, n.name) for s in site.stations.values() for n in s.nics if n.network in around}
    return frozenset(ports | wires | {Spot(h, n.name) for h, n in beside(site, segment)})


def beside(site: Site, segment: str) -> tuple[tuple[str, Nic], ...]:
    """Return the NICs of hosts on the Ethernet of `segment` that are no uplinks, each with its host.

    What comes in there has come from the outside, as it would to any machine on that network.
    """
    networks, uplinks = networks_of(site, segment), {(u.host, u.nic) for s in site.segments.values() for u in s.uplinks}
    every = ((h.name, n) for h in site.hosts.values() for n in h.nics)
    return tuple((h, n) for h, n in every if n.network in networks and (h, n.name) not in uplinks)


def ways(site: Site, from_: str, to: str) -> tuple[Way, ...]:
    """Return the ways that member `from_` could take towards `to`: a host, a station behind hosts, or a segment."""
    every = (Way(stand, h.name) for stand in stands(site, from_) for h in site.hosts_of(stand.segment))
    if to in site.hosts:
        return tuple(w for w in every if w.host == to)
    if to in site.stations:
        return tuple(w for w in every if any(_behind(site, w, to)))
    return tuple(every)


def is_next_to(site: Site, way: Way) -> bool:
    """Tell whether only wires and switches lie between the stand and a port of the bridge at the end of `way`."""
    stand = way.stand
    if stand.node in site.endpoints:
        return site.endpoints[stand.node].host == way.host
    uplinks = (u for u in site.segments[stand.segment].uplinks if u.host == way.host)
    network = site.stations[stand.node].nic(stand.ifname).network
    return any(site.hosts[u.host].nic(u.nic).network == network for u in uplinks)


def host_addresses(site: Site, way: Way, family: str) -> tuple[Address, ...]:
    """Return the addresses of the way's host, but for those that stand on the segment's own Ethernet by another NIC."""
    outside = networks_of(site, way.stand.segment)
    nics = (n for n in site.hosts[way.host].nics if n.network not in outside)
    return tuple(a.ip for n in nics for a in n.addresses if family_of(a) == family)


def behind(site: Site, way: Way, station: str, family: str) -> tuple[Address, ...]:
    """Return the addresses of `station` that the way's host can deliver to on a NIC of its own, and is not to."""
    return tuple(dict.fromkeys(a for a in _behind(site, way, station) if family_of(a) == family))


def _behind(site: Site, way: Way, station: str) -> Iterator[Address]:
    host, segment = site.hosts[way.host], site.segments[way.stand.segment]
    outside = heard_on(site, way.stand.segment)
    for nic in (n for n in host.nics if n.network not in outside):
        subnets = [a.network for a in nic.addresses]
        for other in (n for n in site.stations[station].nics if n.network == nic.network):
            near = (a.ip for a in other.addresses if any(a.ip in s for s in subnets))
            yield from (a for a in near if not is_let_out(site, segment, host.name, nic.name, a))


def targets(site: Site, way: Way, to: str, family: str) -> tuple[Address, ...]:
    """Return the addresses of `to` in `family` that a packet could be sent to along `way`."""
    return _targets(Same(site), way.stand.segment, way.host, to, family)


@lru_cache(maxsize=1 << 16)
def _targets(key: Same, segment: str, host: str, to: str, family: str) -> tuple[Address, ...]:
    """Return the addresses to which whoever stands on `segment` could send a packet by `host`."""
    site, way = key.site, Way(Stand("", "", segment, ()), host)
    if to in site.hosts:
        return host_addresses(site, way, family)
    if to in site.stations:
        return behind(site, way, to, family)
    if to not in site.segments:
        return ()
    return tuple(a.ip for e in _ahead(site, way, to) for a in e.addresses if family_of(a) == family)


def _ahead(site: Site, way: Way, segment: str) -> Iterator[Endpoint]:
    """Yield the endpoints of `segment` that the way's host might hand a packet to.

    These are its own, and all if it is the segment's gateway; and those on a host that no way leads to.
    """
    gateway, near = site.segments[segment].gateway, {h.name for h in site.hosts_of(way.stand.segment)}
    routes = gateway is not None and way.host in gateway.hosts
    return (e for e in site.endpoints_of(segment) if routes or e.host == way.host or e.host not in near)
