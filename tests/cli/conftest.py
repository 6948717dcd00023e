"""A hypervisor for every test, with a site of its own name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from cli.hypervisor import Hypervisor, hypervisor

_serial = count(1)


@pytest.fixture
def host(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[Hypervisor]:
    """Make a hypervisor by hand, not configured yet."""
    with hypervisor(make_netns, tmp_path, f"c{os.getpid()}x{next(_serial)}") as made:
        yield made
