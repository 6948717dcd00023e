"""Theft of a MAC: whom no guard holds to his own sends from an endpoint's, and a bridge sends him what is for it.

::

    sender ── port ┐                               first the thief's frame, from the MAC of the victim,
                   ├─[ bridge ]─ uplink ── thief   then the sender's, to the MAC of the victim
    victim ── port ┘

The thief is a station on an uplink's network, or an endpoint whose guard lets it use any MAC; the victim an endpoint
that is held to its own. The bridge is one that knows by declaration where the victim is: that of its host; and where
the overlay is told where every endpoint is, those of the segment's other hosts too. The three must come in by three
ports of it, else it decides nothing: what the thief takes on a physical network, no host gives him.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netproof.proof import frames
from netproof.proof.aims import shared_segment
from netproof.proof.claim import Claim
from netproof.proof.forgery import guarded
from netproof.proof.honest import broadcast, to_mac
from netproof.proof.parties import Spot, Stand, members
from netproof.proof.ports import port_of
from netproof.proof.probe import Forerunner, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


@dataclass(frozen=True, slots=True)
class Theft:
    """Who takes what `sender` sends to `victim`."""

    thief: Stand
    victim: Stand
    sender: Stand


def pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each member whom no guard holds to a MAC with each endpoint of the segment that is held to one."""
    for segment in site.segments:
        held = [e.name for e in site.endpoints_of(segment) if e.guard.mac]
        free = (m.node for m in members(site, segment) if not guarded(site, m.node, "mac"))
        yield from ((thief, victim) for thief in free for victim in held)


def applies(site: Site, from_: str, to: str, _family: str) -> bool:
    """Tell whether there is a bridge at which `from_` could take what is for `to`."""
    return not guarded(site, from_, "mac") and guarded(site, to, "mac") and any(_thefts(site, from_, to))


def thefts(scene: Scene, claim: Claim, at: Callable[[Theft], Spot]) -> Iterator[Shot]:
    """Yield the sender's true frame for each theft, of which `at` says where it is looked for."""
    for theft in _thefts(scene.site, claim.from_, claim.to):
        sender, victim = theft.sender, theft.victim
        truth, innocent = to_mac(scene, sender, victim), scene.innocent(victim)
        for to, forged in _forged(scene, theft):
            told = f"what {sender.node} sends to it, after a frame to {to}"
            forerunner = Forerunner(theft.thief.spot, forged)
            yield Shot(told, sender.spot, truth, at(theft), innocent, about=(victim, sender), forerunner=forerunner)


def _forged(scene: Scene, theft: Theft) -> Iterator[tuple[str, RawFrame]]:
    """Yield what the thief sends from the victim's MAC, with whom it is for: all else in it is true, as guards want."""
    mac, thief = frames.mac_bytes(scene.mac(theft.victim)), theft.thief
    yield "everybody", _with_source(broadcast(scene, thief), mac)
    yield theft.sender.node, _with_source(to_mac(scene, thief, theft.sender), mac)


def _with_source(true: RawFrame, mac: bytes) -> RawFrame:
    def build(token: bytes) -> bytes:
        frame = true.build(token)
        return frame[:6] + mac + frame[12:]

    return RawFrame(build)


def _thefts(site: Site, from_: str, to: str) -> Iterator[Theft]:
    for thief, victim in shared_segment(site, from_, to):
        for host in _knowing(site, victim):
            ways = {s: port for s in members(site, victim.segment) if (port := port_of(site, s, host))}
            taken = {ways.get(thief), ways[victim]}
            senders = (s for s in ways if ways[s] not in taken and _may_send(site, s, thief, host))
            sender = next(senders, None) if len(taken) == 2 else None
            if sender:
                yield Theft(thief, victim, sender)


def _knowing(site: Site, victim: Stand) -> tuple[str, ...]:
    """Return the hosts whose bridges know where `victim` is."""
    overlay = site.segments[victim.segment].overlay
    if overlay and overlay.is_told:
        return tuple(h.name for h in site.hosts_of(victim.segment))
    return (site.endpoints[victim.node].host,)


def _may_send(site: Site, sender: Stand, thief: Stand, host: str) -> bool:
    """Tell whether what `sender` sends gets to the victim, and meets the thief nowhere before the bridge on `host`."""
    endpoint = site.endpoints.get(sender.node)
    if endpoint and site.segments[sender.segment].private:
        return False
    is_beside = endpoint is not None and endpoint.host == host
    return sender.node != thief.node and (is_beside or port_of(site, thief, host) is not None)
