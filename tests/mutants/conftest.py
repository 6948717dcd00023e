"""An arena, in every worker its own, so that workers never meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from examples import ASKING
from mutants.arena import EXAMPLE, Arena, arena
from mutants.seclusion import seclusion
from netproof.kernel.capabilities import capabilities


@pytest.fixture(scope="package")
def rings() -> Iterator[Callable[[str], Arena]]:
    """The example asked for with its open twin, which goes when another is: sites of two examples may bear one name."""
    made: dict[str, Arena] = {}
    with seclusion(), ExitStack() as stack:

        def ring(example: str) -> Arena:
            if example in ASKING and ASKING[example] not in capabilities():
                pytest.skip(f"this kernel has no {ASKING[example]}: tests/uml tries {example} on one that has")
            if example not in made:
                stack.close()
                made.clear()
                made[example] = stack.enter_context(arena(example))
            return made[example]

        yield ring


@pytest.fixture
def ring(rings: Callable[[str], Arena]) -> Arena:
    """The smallest example."""
    return rings(EXAMPLE)
