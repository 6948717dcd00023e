"""Forged VXLAN: somebody who is no VTEP sends a frame into a segment by the door of one of its hosts.

::

    station ── underlay network ── NIC with the VTEP ═[ VXLAN device ]═ bridge ── endpoint
       └─ outer: from the station to the VTEP ──┘        └─ inner: from another member ─┘
    guest ── bridge of another segment ── IP stack ──┘

A VXLAN socket hears whatever the host's IP stack takes in: from a guest as well, by the bridge of its own segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.parties import Same, Spot, Stand, Way, ethernet, joined, members, stands
from netproof.proof.probe import RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.vxlan import wrapped
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.values.address import Address, family_of


class Door(NamedTuple):
    """Where a segment takes VXLAN in on one host: at the address `vtep` of the NIC `nic`."""

    segment: str
    host: str
    vtep: Address
    nic: Nic

    @property
    def name(self) -> str:
        """What claims call it: ``blue@hv1``. No declared name has an @."""
        return f"{self.segment}@{self.host}"


def doors(site: Site) -> Iterator[Door]:
    """Yield the doors of every stretched segment."""
    return iter(_doors(Same(site)).values())


@lru_cache(maxsize=4)
def _doors(key: Same) -> dict[str, Door]:
    return {door.name: door for door in _doors_of(key.site)}


def _doors_of(site: Site) -> Iterator[Door]:
    for segment in site.segments:
        for host, vtep in site.vteps_of(segment).items():
            nic = next(n for n in site.hosts[host].nics if any(a.ip == vtep for a in n.addresses))
            yield Door(segment, host, vtep, nic)


def pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield who is to try which door: every station on the network of its NIC, and its host's guests elsewhere."""
    for door in doors(site):
        yield from ((station.name, door.name) for station in site.stations_on(door.nic.network))
        own = joined(site, door.segment)
        guests = (e for e in site.endpoints.values() if e.host == door.host and e.segment not in own)
        yield from ((guest.name, door.name) for guest in guests)


def applies(site: Site, _from: str, to: str, family: str) -> bool:
    """Tell whether the door `to` is of `family`, and somebody behind it can hear."""
    door = _door(site, to)
    return family_of(door.vtep) == family and any(_behind(site, door))


def forgeries(
    scene: Scene, claim: Claim, tell: Callable[[Stand, Stand], Iterator[tuple[str, RawFrame]]]
) -> Iterator[Shot]:
    """Yield a shot for each inner frame, with what is said of it, that `tell(liar, hearer)` yields for who is behind.

    The liar is a member on another host if there is one, so that the frame is one that this door is made for.
    """
    site = scene.site
    door = _door(site, claim.to)
    outside = frozenset(_outside(site, door))
    for stand, mac in _senders(scene, claim, door):
        outer = _wrapping(scene, door, stand, mac)
        innocent = scene.innocent(stand) if stand.segment else outside
        for hearer in _behind(site, door):
            liar = _liar(scene, door, hearer)
            for said, inner in tell(liar, hearer):
                target = f"{hearer.node}, VNI {site.segments[door.segment].vni} at {door.vtep}, {said}"
                yield Shot(target, stand.spot, outer(inner), hearer.spot, innocent, about=(liar,) if liar.node else ())


def _door(site: Site, name: str) -> Door:
    return _doors(Same(site))[name]


def _behind(site: Site, door: Door) -> Iterator[Stand]:
    """Yield the members of the segment on the near side of that host's bridge: its endpoints, its uplinks' stations."""
    uplinks = (u for u in site.segments[door.segment].uplinks if u.host == door.host)
    networks = {site.hosts[u.host].nic(u.nic).network for u in uplinks}
    for stand in members(site, door.segment):
        if stand.node in site.endpoints:
            if site.endpoints[stand.node].host == door.host:
                yield stand
        elif site.stations[stand.node].nic(stand.ifname).network in networks:
            yield stand


def _liar(scene: Scene, door: Door, hearer: Stand) -> Stand:
    endpoints = (m for m in members(scene.site, door.segment) if m.node in scene.site.endpoints)
    far = (m for m in endpoints if scene.site.endpoints[m.node].host != door.host)
    return next(far, None) or scene.reserved(hearer)


def _senders(scene: Scene, claim: Claim, door: Door) -> Iterator[tuple[Stand, str]]:
    """Yield where the sender of `claim` stands, with the MAC by which the door's host takes frames there."""
    for stand in stands(scene.site, claim.from_) if claim.from_ in scene.site.endpoints else ():
        yield stand, scene.bridge_mac(Way(stand, door.host))
    station = scene.site.stations.get(claim.from_)
    for nic in (n for n in station.nics if n.network == door.nic.network) if station else ():
        host_mac = scene.mac(Stand(door.host, door.nic.name, "", ()))
        yield Stand(claim.from_, nic.name, "", nic.addresses), host_mac


def _wrapping(scene: Scene, door: Door, stand: Stand, mac: str) -> Callable[[RawFrame], RawFrame]:
    """Return what wraps a frame into VXLAN for the door, sent from `stand` to `mac`."""
    segment, family = scene.site.segments[door.segment], family_of(door.vtep)
    source = scene.source_to(door.host, stand, family)

    def outer(inner: RawFrame) -> RawFrame:
        def packet(token: bytes) -> bytes:
            payload = wrapped(segment.vni or 0, inner.build(token))
            return frames.udp(source, door.vtep, segment.udp_port, payload)

        return scene.frame(stand, mac, packet, family=family)

    return outer


def _outside(site: Site, door: Door) -> Iterator[Spot]:
    """Yield the spots on the underlay network itself: what is sent there may be seen there."""
    for station in site.stations_on(door.nic.network):
        yield from (Spot(station.name, n.name) for n in station.nics if n.network == door.nic.network)
    for segment in site.segments:
        if door.nic.network in site.uplink_networks(segment):
            yield from ethernet(site, segment)
