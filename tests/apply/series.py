"""A verb killed before each of its writes in turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apply.world import World, assert_looks
from shell import eventually

KILLED = -9
LONGEST = 1000


def series(world: World, stride: int, verb: list[str], options: list[str], of: Sequence[str] = ()) -> int:
    """Kill `verb` before each write and see the state before come back; return the number of times.

    `of` tells the driver of which site, where it is not its own.
    The last writes of some plans, deletions of namespaces, come after the confirmation: these are finished.
    """
    before, last = world.rest(), world.last()
    for k in range(0, LONGEST, stride):
        dying = world.start(*verb, *of, "--die", str(k), *options)
        said = dying.communicate(timeout=30)[0]
        if dying.returncode != KILLED:
            assert dying.returncode == 0, said
            return k
        if "--take-deadman" in options:
            assert world.do("recover", "nothing", *of)
        else:
            assert eventually(lambda: world.journal() is None), f"write {k}: the deadman did nothing"
        if world.last() != last:
            assert not world.do(*verb, *of).strip()
            return k
        assert_looks(world, before, f"killed before write {k}")
    pytest.fail("it never came to its end")
