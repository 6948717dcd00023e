"""The example under names of its own, so that labs of tests never meet; whatever they leave is removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from lab_watch import names_of
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import remove_labs, run

EXAMPLE = Path(__file__).parents[2] / "examples" / "bridge-isolation" / "site.yaml"
_serial = count(1)


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make the example's site with a unique name; what its lab leaves behind is removed by other means than ours."""
    made: list[str] = []

    def make(isolation: str = "auto") -> Site:
        name = f"t{os.getpid()}x{next(_serial)}"
        made.append(name)
        text = EXAMPLE.read_text().replace("site: demo", f"site: {name}")
        path = tmp_path / f"{name}.yaml"
        path.write_text(text.replace("isolation: auto", f"isolation: {isolation}"))
        return load_site(path)

    yield make
    remove_labs(made)


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The example, isolated."""
    return make_site()


@pytest.fixture
def born(make_netns: Callable[[str], str]) -> list[str]:
    """The links that every new namespace has: `lo`, and the devices of tunnels that this kernel makes by itself."""
    return names_of(run("ip", "-n", make_netns("new"), "-o", "link"))
