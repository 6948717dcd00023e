"""An arena for each example, in every worker its own, so that workers never meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mutants.arena import EXAMPLE, Arena, arena
from mutants.seclusion import seclusion


@pytest.fixture(scope="package")
def rings() -> Iterator[Callable[[str], Arena]]:
    """Each example with its open twin, made when it is first asked for."""
    made: dict[str, Arena] = {}
    with seclusion(), ExitStack() as stack:

        def ring(example: str) -> Arena:
            if example not in made:
                made[example] = stack.enter_context(arena(example))
            return made[example]

        yield ring


@pytest.fixture
def ring(rings: Callable[[str], Arena]) -> Arena:
    """The smallest example."""
    return rings(EXAMPLE)
