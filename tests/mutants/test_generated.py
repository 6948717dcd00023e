"""Every object of the example's state is taken away and bent, one at a time: the proof notices, or the list tells why.

The proof may know nothing of how a claim is kept, and the compiler nothing of how it is proved: what one of them
forgot shows here.
"""

from __future__ import annotations

import pytest

from mutants.arena import EXAMPLE, Arena, compiled, not_kept
from mutants.mutation import mutants
from mutants.survivors import survivors
from netproof.kernel.capabilities import capabilities
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.state.filters import NftChain
from netproof.state.object import HOME
from shell import lacks
from unit.compiler.sites import KERNEL

SITE = furnished(load_site(EXAMPLE))
NAMES = mutants(SITE, compiled(SITE, KERNEL).state)
SURVIVORS = survivors()

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def _parameters() -> list[object]:
    """Return every mutant; those of vm2, which are what those of vm1 are, only where there is time."""
    return [pytest.param(name, marks=pytest.mark.slow if "vm2" in name else ()) for name in NAMES]


def test_list_of_survivors_names_generated_mutants_alone() -> None:
    """What is no longer generated is no longer excused."""
    assert SURVIVORS.keys() - NAMES.keys() == set()
    assert {t for s in SURVIVORS.values() for t in s.together} - NAMES.keys() == set()


def test_mutants_of_this_kernel_are_the_same(ring: Arena) -> None:
    """The list speaks of the methods that `auto` takes here."""
    if capabilities() != KERNEL:
        lacks(f"what the list was written for: {', '.join(sorted(KERNEL))}")
    assert ring.mutants.keys() == NAMES.keys()


def test_lab_without_mutants_is_proved(ring: Arena) -> None:
    """Nothing is noticed where nothing is wrong."""
    assert ring.not_kept() == frozenset()


@pytest.mark.parametrize("name", _parameters())
def test_mutant_is_noticed_unless_it_is_listed(ring: Arena, name: str) -> None:
    """The proof notices it; and the next plan does, and mends it, unless it is inside a guest's namespace."""
    if name not in ring.mutants:
        lacks("a kernel that isolates by the means that the list was written for")
    mutant = ring.mutants[name]
    with ring.patient() as patient:
        patient.perform(mutant.steps)
        report = patient.prove()
        assert bool(not_kept(report)) != (name in SURVIVORS)
        # Without a link or an address a claim may be left in doubt; what lacks a rule lets a packet through.
        assert name in SURVIVORS or not isinstance(mutant.thing, NftChain) or report.summary["broken"]
        if mutant.thing.netns == HOME:
            plan = patient.plan()
            assert plan
            patient.perform(planned.step for planned in plan)
            assert not patient.plan()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if "vm2" in n else ()) for n, s in SURVIVORS.items() if s.together],
)
def test_survivor_is_noticed_once_its_partners_are_gone(ring: Arena, name: str) -> None:
    """What holds a claim twice holds it alone as well: without its partners, more breaks when it goes."""
    together = SURVIVORS[name].together
    assert ring.not_kept(name, *together) - ring.not_kept(*together)
