"""Walks through the named states in a real namespace, each apply read back by itself; and what a walk must not lose."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from apply.world import World, assert_looks
from laws.states import Guest, Host, named
from netproof.apply.place import Place
from netproof.apply.transaction import Terms, Wish, apply, planned
from netproof.apply.verbs import remove
from netproof.kernel.linux import LinuxKernel
from netproof.state.hoststate import HostState
from talk import Talk

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")

UNWATCHED = Terms(watched=False)


def place_of(world: World) -> Place:
    return Place("demo", "hv1", world.home, Path(world.folder / "lib"), Path(world.folder / "run"))


@pytest.mark.parametrize("length", [40, pytest.param(600, marks=pytest.mark.slow)])
def test_walk_through_the_named_states_ends_where_it_began(world: World, length: int) -> None:
    """From any state to any other, then away: other people's tools find what they found before."""
    before = world.rest()
    states = named(world.home)
    chance = random.Random(length)  # noqa: S311 a path, not a key
    with LinuxKernel(world.home) as kernel:
        for step in range(length):
            name = chance.choice(list(states))
            wish = Wish(states[name], {}, name.encode())
            apply(place_of(world), kernel, wish, UNWATCHED)
            assert not planned(place_of(world), kernel, wish), f"step {step}: a second plan of {name} is not empty"
        remove(place_of(world), kernel, UNWATCHED)
    assert_looks(world, before, "removed")


def test_change_loses_no_packet_that_it_does_not_concern(world: World) -> None:
    """A thousand numbered packets a second from guest to guest, while isolation, NIC, and a third guest change."""
    pair = (
        Guest("vm1", netns=f"{world.home}.vm1"),
        Guest("vm2", "02:00:00:00:00:0b", "198.51.100.12/24", netns=f"{world.home}.vm2"),
    )
    third = Guest("vm3", "02:00:00:00:00:0c", "198.51.100.13/24", netns=f"{world.home}.vm3")
    walk = [
        Host(pair, isolation=frozenset({"ingress"})).state(),
        Host((*pair, third), isolation=frozenset({"tc-ingress", "disable-ipv6"})).state(),
        Host(pair, mtu=1400, forward=True, nic_addresses=("192.168.14.7/24",)).state(),
        Host((*pair, third), uplink="").state(),
    ]
    with LinuxKernel(world.home) as kernel:
        go(world, kernel, walk[-1])
        talk = Talk(f"{world.home}.vm1", f"{world.home}.vm2", "198.51.100.12", seconds=3)
        while not talk.over:
            for state in walk:
                go(world, kernel, state)
    talk.end().assert_whole()


def go(world: World, kernel: LinuxKernel, state: HostState) -> None:
    apply(place_of(world), kernel, Wish(state, {}, b""), UNWATCHED)
