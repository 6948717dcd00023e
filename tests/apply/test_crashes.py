"""SIGKILL of the real process before every write of apply and of rollback, with its deadman and without.

What was there before is told by other people's tools; nothing of netproof is imported here.
"""

from __future__ import annotations

import random
import time

import pytest

from apply.series import series
from apply.world import World, assert_looks
from shell import eventually

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")

EVERY = pytest.param(1, id="every write", marks=pytest.mark.slow)
SOME = pytest.param(9, id="every ninth write")
FEW = pytest.param(25, id="a few writes")


@pytest.mark.parametrize("stride", [SOME, EVERY])
@pytest.mark.parametrize("options", [[], ["--take-deadman"]], ids=["deadman reverts", "recover reverts"])
def test_apply_killed_at_a_write_leaves_the_state_before(world: World, stride: int, options: list[str]) -> None:
    """From nothing, and from one applied site to another."""
    assert series(world, stride, ["apply", "two"], options) > 30
    assert series(world, stride, ["apply", "one"], options) > 10
    assert series(world, stride, ["remove"], options) > 10


@pytest.mark.parametrize("stride", [FEW, EVERY])
def test_apply_of_an_annex_killed_at_a_write_leaves_the_state_before(world: World, stride: int) -> None:
    """As the bridge and its ports leave the host's own links for a namespace beside them, and as they come back."""
    world.do("apply", "two")
    assert series(world, stride, ["apply", "annexed"], []) > 30
    assert series(world, stride, ["apply", "one"], ["--take-deadman"]) > 20
    world.do("apply", "annexed")
    assert series(world, stride, ["remove"], ["--take-deadman"]) > 10


@pytest.mark.parametrize("stride", [SOME, EVERY])
def test_rollback_killed_at_a_write_leaves_the_state_before(world: World, stride: int) -> None:
    """A rollback is a transaction like any other."""
    world.do("apply", "two")
    world.do("apply", "one")
    assert series(world, stride, ["rollback"], []) > 10


@pytest.mark.parametrize("stride", [SOME, EVERY])
def test_recover_killed_at_a_write_is_done_by_the_next(world: World, stride: int) -> None:
    """However often recover dies, the last one brings the state before."""
    before = world.rest()
    for k in range(0, 200, stride):
        dying = world.start("apply", "two", "--die", "30", "--take-deadman")
        dying.communicate(timeout=30)
        dying = world.start("recover", "--die", str(k))
        dying.communicate(timeout=30)
        if dying.returncode == 0:
            break
        world.do("recover")
        assert_looks(world, before, f"recover killed before write {k}")


@pytest.mark.slow
def test_apply_killed_at_any_instant_leaves_the_state_before_or_after(world: World) -> None:
    """Two hundred instants, chosen by chance."""
    before = world.rest()
    world.do("apply", "two")
    after = world.rest()
    world.do("remove")
    chance = random.Random(1)  # noqa: S311 instants, not keys
    for i in range(200):
        dying = world.start("apply", "two")
        time.sleep(chance.uniform(0.1, 0.4))
        dying.kill()
        dying.communicate(timeout=30)
        assert eventually(lambda: not world.deadmen()), "a deadman stays"
        world.do("recover")
        there = after if world.look().keys() == after.keys() else before
        assert_looks(world, there, f"instant {i}")
        world.do("remove")
        assert_looks(world, before, f"removed after instant {i}")
