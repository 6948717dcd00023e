"""Diversion: an endpoint tells its gateway a lie about who is where, and the gateway's next packet goes elsewhere.

::

    liar ─── port ┐                                      first the liar's frame to the gateway,
                  ├─[ bridge with the gateway ]── host   then the host's ping to whom it was about
    victim ─ port ┘

Two lies: the victim's address is at the liar's MAC, who then gets what is for the victim; and the liar's address is at
the victim's, onto whom the liar turns what it has asked for. What is seen is where the host's packet comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netproof.proof.aims import family_named
from netproof.proof.claim import Claim
from netproof.proof.forgery import guarded
from netproof.proof.gateways import gateway_addresses, gateway_host
from netproof.proof.parties import Stand, Way, members, stack_of, stands
from netproof.proof.probe import Forerunner, OwnStack, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address

Identity = tuple[str, Address]
"""A MAC with an address."""
Lie = Callable[[Identity, Identity, Identity], RawFrame]
"""Write what a liar who truly is the first says to the gateway, the second: that it, or somebody, is the third."""
_ITEMS = {"ipv4": "arp", "ipv6": "nd"}


def applies(site: Site, from_: str, to: str, family: str) -> bool:
    """Tell whether the host `to` is the gateway of endpoint `from_`, whose guard holds it to the truth, and another's.

    Frames to either must come out at it alone: bridges know where those are who are held to a MAC.
    """
    host = gateway_host(site, from_)
    is_held = guarded(site, from_, _ITEMS[family]) and guarded(site, from_, "mac")
    if host is None or host.name != to or not is_held or not _routable(site, from_, family):
        return False
    return _victim(site, stands(site, from_)[0], family) is not None


def diversions(scene: Scene, claim: Claim, lie: Lie) -> Iterator[Shot]:
    """Yield the host's ping after each of the two lies that `lie` writes, where it must not come out."""
    site, family = scene.site, claim.family
    sender = stack_of(claim.to, family_named(family))
    for mine in stands(site, claim.from_):
        victim = _victim(site, mine, family)
        assert victim is not None  # noqa: S101 - else the class does not apply
        me, its = _identity(scene, mine, family), _identity(scene, victim, family)
        gateway = scene.bridge_mac(Way(mine, claim.to)), gateway_addresses(site, claim.from_, family)[0]
        for said, asked, at in (((me[0], its[1]), its[1], mine), ((its[0], me[1]), me[1], victim)):
            told = f"what {claim.to} sends to {asked}, after it was told that this is at {said[0]}"
            forerunner = Forerunner(mine.spot, lie(me, gateway, said))
            innocent, about = scene.innocent(mine), (victim, mine)
            yield Shot(told, sender, OwnStack(asked), at.spot, innocent, about=about, forerunner=forerunner)


def _victim(site: Site, mine: Stand, family: str) -> Stand | None:
    """Return the next endpoint of the segment with the same host for a gateway."""
    ring, host = members(site, mine.segment), gateway_host(site, mine.node)
    at = ring.index(mine)
    others = (m for m in (*ring[at + 1 :], *ring[:at]) if guarded(site, m.node, "mac"))
    return next((m for m in others if gateway_host(site, m.node) == host and _routable(site, m.node, family)), None)


def _routable(site: Site, endpoint: str, family: str) -> list[Address]:
    """Return the addresses of `endpoint` that its gateway can send to without being told by which link."""
    if not gateway_addresses(site, endpoint, family):
        return []
    every = (a for s in stands(site, endpoint) for a in s.addresses(family))
    return [a for a in every if not a.is_link_local]


def _identity(scene: Scene, stand: Stand, family: str) -> Identity:
    return scene.mac(stand), _routable(scene.site, stand.node, family)[0]
