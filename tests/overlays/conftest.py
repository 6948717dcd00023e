"""Sites under names of their own, whose labs are removed by other means than ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from netproof.lab.lab import up
from netproof.site.load import load_site
from netproof.site.model import Site
from overlays.fabric import site_text
from shell import remove_labs

_serial = count(1)


@pytest.fixture
def make_fabric(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Load a fabric under a unique name, or one that was given, and build its lab if there is none yet."""
    made: list[str] = []

    def make(blue: str, *, name: str = "", **options: Any) -> Site:
        made.append(name or f"o{os.getpid()}x{next(_serial)}")
        path = tmp_path / f"{made[-1]}.yaml"
        path.write_text(site_text(made[-1], blue, **options))
        site = load_site(path)
        if not name:
            up(site)
        return site

    yield make
    remove_labs(made)
