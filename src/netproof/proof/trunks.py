"""Segments that are VLANs of one trunk: who could get from one into another by what tags he sends.

::

    member of VLAN 30 ──┐
    member of VLAN 40 ──┴── trunk: both, told apart by their tags ──[ VLAN 30 ]── bridge
    station on the trunk itself ──┘                               └─[ VLAN 40 ]── another
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from netproof.proof.parties import Same, Spot, ethernet, joined, networks_of, stands
from netproof.site.model import Site
from netproof.site.nodes import Vlan


def vlans_of(site: Site, segment: str) -> tuple[Vlan, ...]:
    """Return the VLANs that are one Ethernet with `segment`, by trunk and VID."""
    return _vlans(Same(site)).get(segment, ())


@lru_cache(maxsize=4)
def _vlans(key: Same) -> dict[str, tuple[Vlan, ...]]:
    site, found = key.site, {}
    if any(network.vlan for network in site.networks.values()):
        for segment in site.segments:
            networks = (site.networks[name] for name in networks_of(site, segment))
            every = (network.vlan for network in networks if network.vlan)
            found[segment] = tuple(sorted(every, key=lambda vlan: (vlan.trunk, vlan.vid)))
    return found


def beside(site: Site, segment: str, other: str) -> Iterator[tuple[int, int]]:
    """Yield each VID of `segment` with each of `other` that the same trunk carries."""
    for mine in vlans_of(site, segment):
        yield from ((mine.vid, its.vid) for its in vlans_of(site, other) if its.trunk == mine.trunk)


def stations_around(site: Site, segment: str) -> Iterator[tuple[str, str, int]]:
    """Yield each station on a trunk that carries `segment`, with its interface there and the segment's VID."""
    for vlan in vlans_of(site, segment):
        for station in site.stations_on(vlan.trunk):
            yield from ((station.name, nic.name, vlan.vid) for nic in station.nics if nic.network == vlan.trunk)


def cables(site: Site, station: str, host: str) -> Iterator[tuple[Spot, str]]:
    """Yield each interface of `station` on a trunk, with each NIC of `host` there of which VLANs are bridged."""
    trunks = {nic.vlan.trunk for nic in site.hosts[host].nics if nic.vlan}
    for nic in map(site.hosts[host].nic, sorted(trunks)):
        for near in site.stations[station].nics if station in site.stations else ():
            if near.network == nic.network:
                yield Spot(station, near.name), nic.name


def around(site: Site, trunk: str) -> frozenset[Spot]:
    """Return where what is sent on `trunk` itself may come out: at stations on it, and in segments that bridge all.

    No host is among them: what comes into one by its NIC on the trunk is what is asked about.
    """
    wires = {Spot(s.name, n.name) for s in site.stations_on(trunk) for n in s.nics if n.network == trunk}
    whole = (ethernet(site, s) for s in site.segments if trunk in site.uplink_networks(s))
    return frozenset(spot for spot in wires.union(*whole) if spot.node not in site.hosts)


def isolation_pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each station on a trunk with each segment that is a VLAN of it, and each host that bridges one."""
    for segment in site.segments:
        for station, _, _ in stations_around(site, segment):
            if not joined(site, segment) & {s.segment for s in stands(site, station)}:  # else it is a member as well
                yield station, segment
    for host in site.hosts:
        yield from ((station, host) for station in site.stations if any(cables(site, station, host)))


def unused_vid(site: Site, trunk: str) -> int:
    """Return the highest VID that the site speaks of nowhere on `trunk`."""
    used = {network.vlan.vid for network in site.networks.values() if network.vlan and network.vlan.trunk == trunk}
    return next(vid for vid in range(4094, 0, -1) if vid not in used)
