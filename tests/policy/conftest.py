"""The scene as a fixture."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from policy.scene import Scene, scene

_serial = count(1)


@pytest.fixture
def tenants(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[Scene]:
    """Two tenants with the same addresses; nothing is applied yet."""
    with scene(make_netns, tmp_path, f"p{os.getpid()}x{next(_serial)}") as made:
        yield made
