"""Mutants: a correct state with one object of it taken away or bent, each under a name that a person can read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import zip_longest

from mutants.spoiled import spoiled
from netproof.change.step import Create, Delete, Replace, Step
from netproof.lab.nodes import netns_of
from netproof.site.model import Site
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.object import KernelObject, Key
from netproof.values.address import link_local_of
from netproof.values.naming import bridge_mac, endpoint_mac, gateway_mac, vxlan_mac


@dataclass(frozen=True)
class Mutant:
    """What is done to the object `thing` of a running `host`."""

    host: str
    name: str
    thing: KernelObject
    steps: tuple[Step, ...]


def mutants(site: Site, states: Mapping[str, HostState]) -> dict[str, Mutant]:
    """Return every mutant of the hosts' `states`, by name; where there are several hosts it begins with the host's."""
    found = [
        Mutant(host, f"{host}: {name}" if len(states) > 1 else name, thing, steps)
        for host, state in states.items()
        for key in sorted(state)
        for name, thing, steps in _of(site, state, state[key])
    ]
    named = {mutant.name: mutant for mutant in found}
    assert len(named) == len(found), sorted(m.name for m in found if named[m.name] is not m)
    return named


def together(done: Iterable[Mutant]) -> Iterator[Step]:
    """Yield the steps of several mutants; a chain that several of them take rules out of lacks all of these."""
    chains: dict[Key, Replace] = {}
    for mutant in done:
        for step in mutant.steps:
            match step:
                case Replace(before=NftChain() as chain, after=NftChain() as bend) if bend.hook == chain.hook:
                    chains[chain.key] = _both(chains[chain.key], bend) if chain.key in chains else step
                case _:
                    yield step
    yield from chains.values()


def _both(one: Replace, other: NftChain) -> Replace:
    assert isinstance(one.after, NftChain)
    return Replace(one.before, replace(one.after, rules=tuple(r for r in one.after.rules if r in other.rules)))


def _of(site: Site, state: HostState, thing: KernelObject) -> Iterator[tuple[str, KernelObject, tuple[Step, ...]]]:
    told = re.sub(r" \(\d+ rules?\)", "", _readable(site, thing.describe()))
    jumped_to = isinstance(thing, NftChain) and not thing.hook
    if not (thing.SETTING or jumped_to):
        yield f"{told} | gone", thing, (Delete(thing),)
    for bend in (*thing.bends(state), *spoiled(thing, state)):
        in_place = bend.key == thing.key and (thing.SETTING or thing.changes_in_place(bend))
        steps: tuple[Step, ...] = (Replace(thing, bend),) if in_place else (Delete(thing), Create(bend))
        yield f"{told} | {_readable(site, _difference(thing, bend))}", thing, steps


def _difference(thing: KernelObject, bend: KernelObject) -> str:
    if isinstance(thing, NftChain) and isinstance(bend, NftChain) and thing.rules != bend.rules:
        return _other_rules(thing.rules, bend.rules)
    if isinstance(thing, NftChain) and isinstance(bend, NftChain):
        return bend.hook
    names = [f.name for f in fields(thing) if getattr(thing, f.name) != getattr(bend, f.name)]
    return ", ".join(f"{name} {getattr(bend, name)}" for name in names)


def _other_rules(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Tell what was done to a chain's rules; of like ones, which."""
    if not after:
        return "without any rule" if len(before) > 1 else f"without {before[0]}"
    at = next(i for i, pair in enumerate(zip_longest(before, after)) if pair[0] != pair[1])
    if len(after) < len(before):
        # A rule that stands beside its like: whichever of the two goes, it is the last that is found missing.
        return f"without {before[at]}" + f" (no. {before[: at + 1].count(before[at])})" * (before.count(before[at]) > 1)
    if len(after) > len(before):
        return f"first {after[at]}"
    if before[at + 1 : at + 2] == (after[at],):
        return f"{after[at]} before {before[at]}"
    return f"{after[at]} instead of {before[at]}"


def _readable(site: Site, text: str) -> str:
    """Replace what is derived from names, and leave out the site's."""
    for segment in site.segments:
        for host in site.hosts_of(segment):
            text = text.replace(bridge_mac(site.name, segment, host.name), f"MAC-{segment}")
            text = text.replace(vxlan_mac(site.name, segment, host.name), f"MAC-{segment}.vx")
        text = text.replace(gateway_mac(site.name, segment), f"MAC-gateway-{segment}")
    for name, endpoint in site.endpoints.items():
        if endpoint.mac == endpoint_mac(site.name, name):
            for derived, word in _derived(name, endpoint.mac):
                text = text.replace(derived, word)
    return text.replace(netns_of("lab", site.name, ""), "").replace(f"{site.name}-", "").replace(f"-{site.name}", "")


def _derived(name: str, mac: str) -> Iterator[tuple[str, str]]:
    """Yield what rules make of an endpoint's MAC, the longer texts first."""
    own, link_local = int(mac.replace(":", ""), 16), link_local_of(mac)
    yield f"{int(link_local):#x}", f"LLA-{name}"
    yield f"0x201{own:012x}", f"TLLA-{name}"
    yield f"{own:#x}", f"MAC-{name}"
    yield str(link_local), f"LLA-{name}"
    yield mac, f"MAC-{name}"
