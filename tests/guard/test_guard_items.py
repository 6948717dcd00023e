"""Each guard item stops what it is for and nothing else, tried with real frames; each of its rules is needed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

import pytest

from guard.frames import ADDRESSES, FRAMES, SHORT_ARP
from guard.scene import ALL, Scene, chains_of, expected

MANY = tuple(ip_interface(a) for n in range(9, 30, 3) for a in (f"198.51.100.{n}/24", f"2001:db8:51::{n:x}/64"))
CHAINS = (
    (ALL, ADDRESSES),
    (ALL, ()),
    (ALL, MANY),
    *((frozenset({item}), tuple(reversed(MANY))) for item in sorted(ALL)),
)

pytestmark = pytest.mark.needs("netns", "nft")


def test_guard_with_every_item_passes_honest_frames_alone(scene: Scene) -> None:
    """All that is honest arrives, nothing that is hostile does."""
    scene.load(*chains_of(ALL))
    assert scene.passed() == sorted(f.name for f in FRAMES if not f.items)


def test_guard_without_items_passes_every_frame(scene: Scene) -> None:
    """The frames are such that an open port lets them all through: what a guard stops, the guard stopped."""
    scene.load(*chains_of(()))
    assert scene.passed((*FRAMES, SHORT_ARP)) == sorted(f.name for f in (*FRAMES, SHORT_ARP))


@pytest.mark.parametrize("item", sorted(ALL))
def test_guard_item_taken_away_passes_exactly_its_frames(scene: Scene, item: str) -> None:
    """With one item off exactly the frames arrive that it is for; no other item stops them in its stead."""
    guard = ALL - {item}
    scene.load(*chains_of(guard))
    assert scene.passed() == expected(guard)


@pytest.mark.parametrize("item", sorted(ALL))
def test_guard_item_alone_needs_each_of_its_rules(scene: Scene, item: str) -> None:
    """Without any one of its rules an item lets something through that it otherwise stops."""
    chains, off = chains_of({item}), chains_of(ALL - {item} if item != "vlan" else ())
    frames = (*FRAMES, SHORT_ARP)
    scene.load(*chains)
    held = scene.passed(frames)
    idle = []
    for rule in {rule for chain in chains for rule in chain.rules} - {rule for chain in off for rule in chain.rules}:
        scene.load(*(replace(chain, rules=tuple(r for r in chain.rules if r != rule)) for chain in chains))
        if scene.passed(frames) == held:
            idle.append(rule)
    assert idle == []


def test_guard_chains_read_back_as_it_was_written(scene: Scene) -> None:
    """nft prints every rule of every item, on and off, with one address and with many, as the guard spells it."""
    for guard, addresses in CHAINS:
        chains = chains_of(guard, addresses)
        scene.load(*chains)
        for chain in chains:
            listed = [line.strip() for line in scene.nft(f"list chain netdev {chain.table} {chain.name}").splitlines()]
            assert listed[2:-2] == [*filter(None, [chain.hook]), *chain.rules]
