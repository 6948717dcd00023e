"""The scene as a fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from guard.scene import Scene


@pytest.fixture
def scene(make_netns: Callable[[str], str]) -> Iterator[Scene]:
    """A guest and a victim on one bridge."""
    made = Scene(make_netns)
    yield made
    made.close()
