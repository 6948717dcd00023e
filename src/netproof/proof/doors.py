"""Where packets must not come in: by a NIC whose addresses they are not for, one of the two being isolated.

Linux takes a packet for any of its addresses by any NIC, answers ARP so, and forwards between all: a host that begins
to because it is a segment's gateway does so between its other NICs, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.gateways import is_gateway
from netproof.proof.parties import Spot, Stand
from netproof.proof.paths import isolated, others, own_addresses
from netproof.proof.probe import Answer, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.trails import Hop, crossing
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic
from netproof.values.address import Address, link_local_of

_NOBODY = "00:00:00:00:00:00"


@dataclass(frozen=True, slots=True)
class WrongDoor:
    """A station's NIC `mine` on the network of a host's NIC `door`, one of which is isolated from that of `target`."""

    station: str
    mine: Nic
    host: str
    door: Nic
    target: Address

    @property
    def stand(self) -> Stand:
        """Where the station stands."""
        return Stand(self.station, self.mine.name, "", self.mine.addresses)

    def source(self, family: str) -> Address:
        """Return the station's own address there."""
        return own_addresses((self.mine,), family)[0]

    def sources(self, scene: Scene, family: str) -> tuple[Address, ...]:
        """Return the station's addresses to try: its own there, in IPv6 also its link-local one."""
        link_local = (link_local_of(scene.mac(self.stand)),) if family == "ipv6" else ()
        return (self.source(family), *link_local)

    def mac(self, scene: Scene) -> str:
        """Return the MAC of the door."""
        return scene.mac(Stand(self.host, self.door.name, "", ()))

    def innocent(self, site: Site) -> frozenset[Spot]:
        """Return who hears what is sent to the door, as its switch may flood it."""
        every = ((s.name, n) for s in site.stations.values() for n in s.nics)
        return frozenset(Spot(name, n.name) for name, n in every if n.network == self.mine.network)


@dataclass(frozen=True, slots=True)
class Passage:
    """A way from the `door` of a host out by its NIC `exit`, to the door's target, that must not be."""

    door: WrongDoor
    exit: Nic

    def sources(self, family: str) -> tuple[Address, ...]:
        """Return whom the sender says to be: itself; in IPv6 also the host, whose rules then know a way (6.18)."""
        lies = own_addresses((self.exit,), family)[:1] if family == "ipv6" else ()
        return (self.door.source(family), *lies)

    def last(self, scene: Scene, *, reply: bool) -> Hop:
        """Return the hop by which a packet, or a reply that nobody asked for, arrives if the host forwards it there."""
        mac = scene.mac(Stand(self.door.host, self.exit.name, "", ()))
        return crossing(self.exit.network, mac, reply=reply)[0]


def wrong_doors(site: Site, from_: str, to: str, family: str) -> Iterator[WrongDoor]:
    """Yield every NIC of the host `to` by which the station `from_` could knock for an address that is not there."""
    for mine, door in _doors(site, from_, to, family):
        yield from (
            WrongDoor(from_, mine, to, door, target) for target in own_addresses(_apart(site, to, door), family)
        )


def ways_through(site: Site, from_: str, to: str, family: str) -> Iterator[Passage]:
    """Yield the ways by which a host would forward from station `from_` to `to`, and must not."""
    if to not in site.stations:
        return
    for host in site.hosts.values():
        for mine, door in _doors(site, from_, host.name, family):
            ends = [(n, e) for n in site.stations[to].nics for e in _unforwarded(site, host, door)]
            for its, out in ((n, e) for n, e in ends if n.network == e.network != mine.network):
                targets = (t for t in own_addresses((its,), family) if any(t in a.network for a in out.addresses))
                yield from (Passage(WrongDoor(from_, mine, host.name, door, target), out) for target in targets)


def _doors(site: Site, from_: str, host: str, family: str) -> Iterator[tuple[Nic, Nic]]:
    """Yield the NICs of station and host on one network, the station's with an address of `family`."""
    if from_ in site.stations and host in site.hosts:
        doors = _routed(site, host)
        for mine in (n for n in site.stations[from_].nics if own_addresses((n,), family)):
            yield from ((mine, door) for door in doors if door.network == mine.network)


def _apart(site: Site, host: str, door: Nic) -> list[Nic]:
    """Return the NICs of `host` that `door` is isolated from."""
    return [n for n in _routed(site, host) if n.name != door.name and bool(n.isolated or door.isolated)]


def _unforwarded(site: Site, host: Host, door: Nic) -> list[Nic]:
    """Return the NICs of `host` to which nothing is forwarded from `door`; a gateway forwards for its segment alone."""
    if host.forward or not is_gateway(site, host.name):
        return _apart(site, host.name, door)
    return [n for n in _routed(site, host.name) if n.name != door.name]


def _routed(site: Site, host: str) -> tuple[Nic, ...]:
    return (*others(site, host), *isolated(site.hosts[host]))


def questions(scene: Scene, claim: Claim, asker: Callable[[Stand], Address]) -> Iterator[Shot]:
    """Yield a broadcast ARP request at each wrong door, its sender address as `asker` says; the answer is denied."""
    for door in wrong_doors(scene.site, claim.from_, claim.to, claim.family):
        me, mac = asker(door.stand), scene.mac(door.stand)

        def build(token: bytes, door: WrongDoor = door, me: Address = me, mac: str = mac) -> bytes:
            message = frames.arp(frames.ARP_REQUEST, (mac, me), (_NOBODY, door.target), token)
            return frames.ethernet(frames.BROADCAST_MAC, mac, frames.ARP, message)

        answer = Answer(door.target, me, frozenset())
        yield Shot(
            str(door.target), door.stand.spot, RawFrame(build), door.stand.spot, door.innocent(scene.site), answer
        )
