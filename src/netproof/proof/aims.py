"""What the shots of many classes have in common: a packet along each way to each target, heard where it must not be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial

from netproof.errors import NetproofError
from netproof.proof import frames, policies
from netproof.proof.claim import Claim
from netproof.proof.gateways import is_opened
from netproof.proof.parties import Same, Spot, Stand, Way, alongside, members, stack_of, stands, targets, ways
from netproof.proof.policies import ICMP, Opening
from netproof.proof.probe import OwnStack, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import FAMILIES, Address, Family


def reaches_any(site: Site, from_: str, to: str, family: str) -> bool:
    """Tell whether `to` has an address of `family` that a packet of `from_` could be sent to along some way."""
    return any(targets(site, way, to, family) for way in ways(site, from_, to))


def reaches_closed(opening: Opening) -> Callable[[Site, str, str, str], bool]:
    """Return an `applies` that tells whether some way leads to an address that no line opens for `opening`."""

    def found(site: Site, from_: str, to: str, family: str) -> bool:
        return any(any(closed(site, way, to, family, opening)) for way in ways(site, from_, to))

    return found


def closed(site: Site, way: Way, to: str, family: str, opening: Opening) -> Iterator[Address]:
    """Yield the addresses of `to` to which a packet could be sent along `way`, but those that a line opens for it."""
    return (a for a in targets(site, way, to, family) if not is_opened(site, way, to, a, opening))


def has_way_to_host(site: Site, from_: str, to: str, _family: str) -> bool:
    """Tell whether `to` is a host with a bridge in a segment of `from_`."""
    return to in site.hosts and bool(ways(site, from_, to))


def host_address_ahead(site: Site, from_: str, to: str, family: str) -> bool:
    """Tell whether `to` is a host with an address of `family` that is not on the sender's own Ethernet."""
    return to in site.hosts and reaches_any(site, from_, to, family)


def family_named(name: str) -> Family:
    """Return `name` as a family; raises KeyError for `l2`."""
    return {f: f for f in FAMILIES}[name]  # type: ignore[index]  # the lookup is what narrows it


def landing(site: Site, to: str, target: Address) -> Spot:
    """Return where a packet for `target` comes out at `to`: a host's IP stack, or the wire of who bears it."""
    return _landing(Same(site), to, target)


@lru_cache(maxsize=1 << 16)
def _landing(key: Same, to: str, target: Address) -> Spot:
    site = key.site
    family: Family = "ipv6" if target.version == 6 else "ipv4"
    if to in site.hosts:
        return stack_of(to, family)
    if to in site.stations:
        return next(Spot(to, n.name) for n in site.stations[to].nics for a in n.addresses if a.ip == target)
    return next(Spot(e.name, "eth0") for e in site.endpoints_of(to) for a in e.addresses if a.ip == target)


def also(scene: Scene, at: Spot) -> frozenset[tuple[Spot, bytes]]:
    """Return the other interfaces of the receiver on the Ethernet of `at`, each with its MAC; none that is gone."""
    found = set()
    for spot in alongside(scene.site, at):
        with suppress(OSError, NetproofError):
            found.add((spot, frames.mac_bytes(scene.mac_at(spot))))
    return frozenset(found)


def along_ways(
    scene: Scene,
    claim: Claim,
    load: Callable[[Way, Address], RawFrame],
    *,
    aim: Callable[[Way], tuple[Address, ...]] | None = None,
    along: Callable[[Way], bool] | None = None,
    opening: Opening | None = None,
) -> Iterator[Shot]:
    """Yield a shot along each way for which `along` holds, by default every one, to each target that `aim` names.

    By default these are all addresses of the claim's `to`; of those that a line opens for `opening`, if given, none.
    """
    for way in filter(along, ways(scene.site, claim.from_, claim.to)):
        for target in aim(way) if aim else targets(scene.site, way, claim.to, claim.family):
            if opening and is_opened(scene.site, way, claim.to, target, opening):
                continue
            at = stack_of(claim.to, family_named(claim.family)) if aim else landing(scene.site, claim.to, target)
            innocent = scene.innocent(way.stand)
            yield Shot(str(target), way.stand.spot, load(way, target), at, innocent, also=also(scene, at))


def echo_to_mac(
    scene: Scene,
    claim: Claim,
    mac: Callable[[Way, Address], str],
    *,
    along: Callable[[Way], bool] | None = None,
    opening: Opening | None = None,
) -> Iterator[Shot]:
    """Yield ICMP echo requests to each address of a host in frames addressed to `mac`, as `along_ways` does."""

    def load(way: Way, target: Address) -> RawFrame:
        packet = partial(frames.echo, scene.source_to(claim.to, way.stand, claim.family), target)
        return scene.frame(way.stand, mac(way, target), packet, family=claim.family)

    return along_ways(scene, claim, load, along=along, opening=opening)


def hearers(scene: Scene, segment: str) -> list[Stand]:
    """Return who is to hear: every member; on a live host its endpoints, and stations only where they are watched."""
    site = scene.site
    every = members(site, segment)
    return [m for m in every if not scene.live or m.node in scene.vantages or m.node in site.endpoints]


def meetings(site: Site, from_: str, to: str) -> Iterator[tuple[Stand, Stand]]:
    """Yield where `from_` and `to` are on one Ethernet: both members of a segment, or host and station on a network."""
    yield from shared_segment(site, from_, to)
    if (from_ in site.hosts) != (to in site.hosts):
        yield from ((a, b) for na, a in _nic_stands(site, from_) for nb, b in _nic_stands(site, to) if na == nb)


def _nic_stands(site: Site, name: str) -> Iterator[tuple[str, Stand]]:
    node = site.hosts.get(name) or site.stations.get(name)
    for nic in node.nics if node else ():
        yield nic.network, Stand(name, nic.name, "", nic.addresses)


def neighbours(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Stand, Stand, Address]]:
    """Yield each address of `to` in `family` on an Ethernet where `from_` has one too, unless the policy denies ICMP.

    Members of a segment may talk whatever their subnets; host and station of a network have one in common.
    """
    for mine, its in meetings(site, from_, to):
        own = mine.addresses(family)
        for target in its.addresses(family):
            if own and (mine.segment or is_on_link(mine, target)) and _may_ping(site, mine, its, own[0], target):
                yield mine, its, target


def _may_ping(site: Site, mine: Stand, its: Stand, source: Address, target: Address) -> bool:
    return policies.meet(site, mine, its, source, target).may(Opening(ICMP))


def ping(mine: Stand, target: Address, *, size: int | None = None) -> OwnStack:
    """Ping a neighbour; where it lies in no subnet of the sender, with a host route that says it is one."""
    return OwnStack(target, None if is_on_link(mine, target) else target, size=size)


def is_on_link(stand: Stand, target: Address) -> bool:
    """Tell whether `target` lies in a subnet of `stand`."""
    return any(target in i.network for i in stand.interfaces)


def shared_segment(site: Site, from_: str, to: str) -> Iterator[tuple[Stand, Stand]]:
    """Yield the stands of `from_` and `to` on every segment that both are members of."""
    yield from ((a, b) for a in stands(site, from_) for b in stands(site, to) if a.segment == b.segment)
