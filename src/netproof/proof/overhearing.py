"""Who could overhear whom: of three members of a segment one sends to another, and the third is not to hear it.

::

    speaker ──── port ┐
                      ├─[ bridge ]─ port ── hearer        what is for the addressee leaves by the port of that one
    addressee ── port ┘

A bridge knows where the addressee is by declaration, or has heard it there: it has spoken to the speaker just before.
The three come in by three ports of one bridge of ours, or are endpoints of three hosts, between which the overlay
decides. What a switch of a physical network hands to whom is not ours to claim.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from netproof.proof.aims import shared_segment
from netproof.proof.honest import plain
from netproof.proof.parties import Same, Stand, members
from netproof.proof.ports import port_of
from netproof.proof.probe import Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


@dataclass(frozen=True, slots=True)
class Trio:
    """Who hears what one says to another, if anybody floods it."""

    speaker: Stand
    addressee: Stand
    hearer: Stand


def isolation_pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each two members of a segment that has more."""
    for segment in site.segments:
        names = tuple(dict.fromkeys(m.node for m in members(site, segment)))
        yield from permutations(names, 2) if len(names) > 2 else ()


def applies(site: Site, from_: str, to: str, _family: str) -> bool:
    """Tell whether there is somebody to whom `from_` could send what `to` is not to hear."""
    return any(trios(site, from_, to))


def trios(site: Site, from_: str, to: str, watched: Container[str] = ()) -> Iterator[Trio]:
    """Yield for each two stands of `from_` and `to` whom the one sends to: one of the `watched`, if any will do."""
    for speaker, hearer in shared_segment(site, from_, to):
        if addressee := _first(_addressees(site, speaker, hearer), watched):
            yield Trio(speaker, addressee, hearer)


def honest(scene: Scene, trio: Trio) -> Iterator[Shot]:
    """Yield what shows that all three hear, and lets bridges hear where the addressee is."""
    yield from said(scene, trio.speaker, trio.addressee)
    yield from said(scene, trio.addressee, trio.speaker)
    if friend := _first(iter(_company(Same(scene.site), trio.hearer)), scene.vantages):
        yield from said(scene, friend, trio.hearer)


def said(scene: Scene, sender: Stand, receiver: Stand) -> tuple[Shot, ...]:
    """Return true frames of `sender` for the MAC of `receiver`; again the same ones."""
    key = sender.spot, receiver.spot
    if key not in scene.said:
        loads = plain(scene, sender, receiver)
        scene.said[key] = tuple(Shot(receiver.node, sender.spot, load, receiver.spot) for load in loads)
    return scene.said[key]


def _first(candidates: Iterator[Stand], watched: Container[str]) -> Stand | None:
    """Return the first who is `watched`, or else the first."""
    first = next(candidates, None)
    if first is None or first.node in watched or not watched:
        return first
    return next((c for c in candidates if c.node in watched), first)


def _addressees(site: Site, speaker: Stand, hearer: Stand) -> Iterator[Stand]:
    """Yield to whom `speaker` could send what a host or the overlay keeps from `hearer`."""
    between = [(host, ports) for host in _hosts(site, speaker) if (ports := _two_ports(site, speaker, hearer, host))]
    for other in _company(Same(site), speaker):
        if other.node == hearer.node:
            continue
        at = ((port_of(site, other, host), ports) for host, ports in between)
        if any(port and port not in ports for port, ports in at) or _are_far_apart(site, speaker, other, hearer):
            yield other


def _hosts(site: Site, stand: Stand) -> tuple[str, ...]:
    return tuple(host.name for host in site.hosts_of(stand.segment))


def _two_ports(site: Site, one: Stand, other: Stand, host: str) -> set[str]:
    """Return the ports by which two come in at `host`; none if these are not two, or not known."""
    ports = {port for stand in (one, other) if (port := port_of(site, stand, host))}
    return ports if len(ports) == len((one, other)) else set()


def _are_far_apart(site: Site, *three: Stand) -> bool:
    """Tell whether all are endpoints, each on a host of its own, of a segment that is stretched over these."""
    hosts = {site.endpoints[stand.node].host for stand in three if stand.node in site.endpoints}
    return len(hosts) == len(three) and site.segments[three[0].segment].vni is not None


@lru_cache(maxsize=4096)
def _company(key: Same, stand: Stand) -> tuple[Stand, ...]:
    """Return the other members that may talk with `stand`, the next one and the last one first.

    So each tells two others something, and hardly ever more, whoever is to overhear it.
    """
    private = stand.node in key.site.endpoints and key.site.segments[stand.segment].private
    every = members(key.site, stand.segment)
    ring = [m for m in every if m.node not in key.site.endpoints] if private else every
    at = next((at for at, other in enumerate(ring) if other.node == stand.node), 0)
    others = [other for other in (*ring[at:], *ring[:at]) if other.node != stand.node]
    return (*others[:1], *others[:0:-1])
