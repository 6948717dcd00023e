"""ICMP into a host in many dresses: to the link-local address of its bridge, and to its own addresses in IPv4.

A raw socket hears what the host's stack takes in before anything is made of it: no answer is needed. In IPv6 it comes
from the sender's link-local address, as neighbour discovery may (RFC 4861).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netproof.proof.aims import closed, family_named, reaches_closed
from netproof.proof.claim import Claim
from netproof.proof.frames import Ends
from netproof.proof.gateways import is_behind_its_like
from netproof.proof.parties import Way, stack_of, ways
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import Forerunner, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address, link_local_of

Write = Callable[[Ends, bytes], bytes]
"""Write a packet from one address to another around a mark; what goes before another one has an empty mark."""
_OPENING = Opening(ICMP)
_reaches_closed = reaches_closed(_OPENING)


def hears(site: Site, from_: str, to: str, family: str) -> bool:
    """Tell whether `to` is a host that ICMP of `from_` could be sent to, and that no line opens for it."""
    if to not in site.hosts:
        return False
    return any(own_bridges(site, from_, to)) if family == "ipv6" else _reaches_closed(site, from_, to, family)


def own_bridges(site: Site, from_: str, to: str) -> Iterator[Way]:
    """Yield the ways at whose end a link-local address of its own is: hosts that are one gateway share theirs."""
    return (way for way in ways(site, from_, to) if not is_behind_its_like(site, way))


def into_host(
    scene: Scene, claim: Claim, write: Write, *, told: str = "", before: Write | None = None
) -> Iterator[Shot]:
    """Yield a shot of what `write` writes at each address; `before` writes what goes out just before each copy."""

    def frame(way: Way, target: Address, written: Write) -> RawFrame:
        ends = source(scene, claim, way), target
        return scene.frame(way.stand, scene.bridge_mac(way), lambda token: written(ends, token), family=claim.family)

    at = stack_of(claim.to, family_named(claim.family))
    for way, target in _aims(scene, claim):
        spot = way.stand.spot
        forerunner = Forerunner(spot, frame(way, target, before)) if before else None
        innocent = scene.innocent(way.stand)
        yield Shot(f"{target}{told}", spot, frame(way, target, write), at, innocent, forerunner=forerunner)


def source(scene: Scene, claim: Claim, way: Way) -> Address:
    """Return the link-local address of the sender; in IPv4 one from which a host takes packets."""
    if claim.family == "ipv6":
        return link_local_of(scene.mac(way.stand))
    return scene.source_to(claim.to, way.stand, "ipv4")


def _aims(scene: Scene, claim: Claim) -> Iterator[tuple[Way, Address]]:
    if claim.family == "ipv6":
        yield from ((way, scene.bridge_link_local(way)) for way in own_bridges(scene.site, claim.from_, claim.to))
        return
    for way in ways(scene.site, claim.from_, claim.to):
        yield from ((way, target) for target in closed(scene.site, way, claim.to, claim.family, _OPENING))
