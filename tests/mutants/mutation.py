"""Mutants: a correct state with one object of it taken away or bent, each under a name that any site can use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from netproof.change.step import Create, Delete, Replace, Step
from netproof.lab.nodes import netns_of
from netproof.site.model import Site
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.object import KernelObject, Key
from netproof.values.address import link_local_of
from netproof.values.naming import bridge_mac


@dataclass(frozen=True)
class Mutant:
    """What is done to the object `thing` of a running host."""

    name: str
    thing: KernelObject
    steps: tuple[Step, ...]


def mutants(site: Site, state: HostState) -> dict[str, Mutant]:
    """Return every mutant of `state`, by a name in which nothing stands that is derived from the site's name."""
    found = [mutant for key in sorted(state) for mutant in _of(site, state, state[key])]
    named = {mutant.name: mutant for mutant in found}
    assert len(named) == len(found)
    return named


def together(done: Iterable[Mutant]) -> Iterator[Step]:
    """Yield the steps of several mutants; a chain that each of them takes a rule out of lacks all of these."""
    chains: dict[Key, tuple[NftChain, NftChain]] = {}
    for mutant in done:
        for step in mutant.steps:
            match step:
                case Replace(before=NftChain() as chain, after=NftChain() as bend) if bend.hook == chain.hook:
                    _, so_far = chains.get(chain.key, (chain, chain))
                    chains[chain.key] = (
                        chain,
                        replace(chain, rules=tuple(rule for rule in so_far.rules if rule in bend.rules)),
                    )
                case _:
                    yield step
    yield from (Replace(*pair) for pair in chains.values())


def _of(site: Site, state: HostState, thing: KernelObject) -> Iterator[Mutant]:
    told = re.sub(r" \(\d+ rules?\)", "", _neutral(site, thing.describe()))
    jumped_to = isinstance(thing, NftChain) and not thing.hook
    if not (thing.SETTING or jumped_to):
        yield Mutant(f"{told} | gone", thing, (Delete(thing),))
    for bend in thing.bends(state):
        in_place = bend.key == thing.key and (thing.SETTING or thing.changes_in_place(bend))
        steps: tuple[Step, ...] = (Replace(thing, bend),) if in_place else (Delete(thing), Create(bend))
        yield Mutant(f"{told} | {_neutral(site, _difference(thing, bend))}", thing, steps)


def _difference(thing: KernelObject, bend: KernelObject) -> str:
    if isinstance(thing, NftChain) and isinstance(bend, NftChain):
        if gone := [rule for rule in thing.rules if rule not in bend.rules]:
            return f"without {gone[0]}" if len(gone) == 1 else "without any rule"
        return bend.hook
    names = [f.name for f in fields(thing) if getattr(thing, f.name) != getattr(bend, f.name)]
    return ", ".join(f"{name} {getattr(bend, name)}" for name in names)


def _neutral(site: Site, text: str) -> str:
    """Replace what the site's name is part of, or what is derived from it."""
    for segment in site.segments:
        for host in site.hosts_of(segment):
            text = text.replace(bridge_mac(site.name, segment, host.name), f"MAC-{segment}")
    for name, endpoint in site.endpoints.items():
        own, link_local = int(endpoint.mac.replace(":", ""), 16), link_local_of(endpoint.mac)
        for derived, word in (
            (f"{int(link_local):#x}", f"LLA-{name}"),
            (f"0x201{own:012x}", f"TLLA-{name}"),
            (f"{own:#x}", f"MAC-{name}"),
            (str(link_local), f"LLA-{name}"),
            (endpoint.mac, f"MAC-{name}"),
        ):
            text = text.replace(derived, word)
    return text.replace(netns_of("lab", site.name, ""), "").replace(f"{site.name}-", "").replace(f"-{site.name}", "")
