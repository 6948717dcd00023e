"""Labs of sites given as text, each under a name of its own; whatever they leave is removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from netproof.lab.lab import up
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import remove_labs

_serial = count(1)


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[[str], Site]]:
    """Make a site of the text after its name; its lab, if one was built, is removed by other means than ours."""
    made: list[str] = []

    def make(text: str) -> Site:
        made.append(f"g{os.getpid()}x{next(_serial)}")
        path = tmp_path / f"{made[-1]}.yaml"
        path.write_text(f"netproof: 1\nsite: {made[-1]}\n{text}")
        return load_site(path)

    yield make
    remove_labs(made)


@pytest.fixture
def make_lab(make_site: Callable[[str], Site]) -> Callable[[str], Callable[[str], str]]:
    """Build the lab of a site; what is returned names the namespace of a node."""

    def make(text: str) -> Callable[[str], str]:
        site = make_site(text)
        up(site)
        return lambda node: f"lab.{site.name}.{node}"

    return make
