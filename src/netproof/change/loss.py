"""What vanishes with what: the kernel's own deletions, which a plan must foresee but need not ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Route
from netproof.state.namespace import namespace_key
from netproof.state.object import HOME, KernelObject, Key


def lost_with(removed: Iterable[Key], state: HostState) -> frozenset[Key]:
    """Return the keys of `state` that are gone once `removed` are, those among them."""
    waiting = list(removed)
    if not waiting:
        return frozenset()
    lies_on: dict[Key, list[KernelObject]] = defaultdict(list)
    for thing in state.values():
        for under in _rests_on(thing):
            lies_on[under].append(thing)
    gone: set[Key] = set()
    while waiting:
        key = waiting.pop()
        if key in gone:
            continue
        gone.add(key)
        if key in state:
            waiting += state[key].provides()
        waiting += (thing.key for thing in lies_on[key])
    return frozenset(key for key in gone if key in state)


def unled_by(gone: Collection[Key], state: HostState) -> frozenset[Key]:
    """Return the IPv4 routes of `state` that the kernel deletes with the addresses among `gone`.

    These are the routes whose source is such an address, and all over a link that loses its last one.
    """
    if not gone:
        return frozenset()
    addresses = [a for a in state.of(Address) if ":" not in a.address]
    lost = [a for a in addresses if a.key in gone]
    sources = {(a.netns, a.address.partition("/")[0]) for a in lost}
    bare = {(a.netns, a.ifname) for a in lost} - {(a.netns, a.ifname) for a in addresses if a.key not in gone}
    return frozenset(
        route.key
        for route in (state.of(Route) if lost else ())
        if ":" not in route.destination
        and ((route.netns, route.prefsrc) in sources or (route.netns, route.ifname) in bare)
    )


def _rests_on(thing: KernelObject) -> tuple[Key, ...]:
    """Return the keys whose loss is the loss of `thing`."""
    inside = () if thing.netns == HOME else (namespace_key(thing.netns),)
    if isinstance(thing, NftChain):  # on 6.18 it outlives its device; older kernels delete it then
        return (*thing.needs()[:1], *inside)
    if isinstance(thing, Address) and ":" in thing.address:  # a link that goes down loses its IPv6 addresses
        return (*thing.needs(), *inside, ("up", thing.netns, thing.ifname))
    return (*thing.needs(), *inside, *thing.provides())
