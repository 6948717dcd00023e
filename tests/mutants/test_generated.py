"""Every object of every example's hosts is taken away and bent, one at a time: the proof notices, or a list tells why.

The proof may know nothing of how a claim is kept, and the compiler nothing of how it is proved: what one of them
forgot shows here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from zlib import crc32

import pytest

from mutants.arena import EXAMPLES, KERNELS, Arena, bred, not_kept
from mutants.survivors import chancy, doubted, survivors
from netproof.kernel.capabilities import capabilities
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.state.filters import NftChain
from netproof.state.object import HOME
from shell import lacks

SITES = {example: load_site(path) for example, path in EXAMPLES.items()}
NAMES = {example: tuple(bred(site, KERNELS[example])) for example, site in SITES.items()}
SURVIVORS, DOUBTED, CHANCY = survivors(NAMES), doubted(NAMES), chancy(NAMES)

EVERY = 8
"""Of so many kinds of mutants one is tried each time."""

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def _kind(site: Site, name: str) -> str:
    """Return what a mutant is but for numbers, and for which host, and which endpoint of a segment, it is about."""
    words = {**dict.fromkeys(site.hosts, "%"), **{e.name: f"%{e.segment}" for e in site.endpoints.values()}}
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(r"[^\s|]*\d[^\s|]*", "#", re.sub(named, lambda found: words[found[0]], name))


def _parameters(chosen: Callable[[str], Iterable[str]]) -> list[object]:
    """Return one mutant of each kind of each example: each is tried where there is time, else some."""
    found: list[object] = []
    for example in EXAMPLES:
        kinds = {_kind(SITES[example], name): name for name in reversed(list(chosen(example)))}
        for kind, name in kinds.items():
            is_rare = crc32(kind.encode()) % EVERY
            found.append(pytest.param(example, name, marks=pytest.mark.slow if is_rare else ()))
    return found


MUTANTS = _parameters(lambda example: (name for name in NAMES[example] if name not in CHANCY[example]))


def test_there_are_a_thousand_kinds_of_mutants() -> None:
    """All examples together are bent in more than a thousand ways."""
    assert len(MUTANTS) >= 1000


@pytest.mark.parametrize("example", EXAMPLES)
def test_mutants_of_this_kernel_are_the_same(rings: Callable[[str], Arena], example: str) -> None:
    """The lists speak of the methods that `auto` takes here."""
    ring = rings(example)
    if capabilities() != KERNELS[example]:
        lacks(f"what the lists were written for: {', '.join(sorted(KERNELS[example]))}")
    assert ring.mutants.keys() == set(NAMES[example])


@pytest.mark.parametrize("example", EXAMPLES)
def test_lab_without_mutants_is_proved(rings: Callable[[str], Arena], example: str) -> None:
    """Nothing is noticed where nothing is wrong."""
    assert rings(example).not_kept() == frozenset()


@pytest.mark.parametrize(("example", "name"), MUTANTS)
def test_mutant_is_noticed_unless_it_is_listed(rings: Callable[[str], Arena], example: str, name: str) -> None:
    """The proof notices it; and the next plan does, and mends it, unless it is inside a guest's namespace."""
    ring, survives, is_doubted = rings(example), name in SURVIVORS[example], name in DOUBTED[example]
    if name not in ring.mutants:
        lacks("a kernel that isolates by the means that the list was written for")
    mutant = ring.mutants[name]
    with ring.patient() as lab:
        patient = lab.at(mutant.host)
        patient.perform(mutant.steps)
        report = patient.prove()
        assert bool(not_kept(report)) != survives
        # Without a link or an address a claim may be left in doubt; what lacks a rule lets a packet through.
        assert survives or not isinstance(mutant.thing, NftChain) or bool(report.summary["broken"]) != is_doubted
        if mutant.thing.netns == HOME:
            plan = patient.plan()
            assert plan
            patient.perform(planned.step for planned in plan)
            assert not patient.plan()


def _held_twice(example: str) -> list[str]:
    return [survivor.mutant for survivor in SURVIVORS[example].values() if survivor.together]


@pytest.mark.parametrize(("example", "name"), _parameters(_held_twice))
def test_survivor_is_noticed_once_its_partners_are_gone(rings: Callable[[str], Arena], example: str, name: str) -> None:
    """What holds a claim twice holds it alone as well: without its partners, more breaks when it goes."""
    ring, together = rings(example), SURVIVORS[example][name].together
    assert ring.not_kept(name, *together) - ring.not_kept(*together)
