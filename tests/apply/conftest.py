"""The world in which applies are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apply.world import World, plug
from shell import run


@pytest.fixture
def world(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[World]:
    """Make a home with NICs that are somebody else's; guests that are left over go with it."""
    home = make_netns("home")
    plug(home)
    world = World(home, tmp_path)
    yield world
    for pid in world.deadmen():
        os.kill(pid, signal.SIGKILL)
    for guest in [line.split()[0] for line in run("ip", "netns").splitlines() if line.startswith(f"{home}.")]:
        run("ip", "netns", "del", guest, check=False)
