"""SIGKILL of the real process before writes of the apply and the removal of every example."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apply.series import series
from apply.world import World, plug_each
from examples import FOR_ANY_KERNEL as EXAMPLES
from netproof.site.load import load_site
from shell import run

pytestmark = [pytest.mark.slow, pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")]


@pytest.fixture
def plugged(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Make a home that has the NICs named, each once up and down again."""
    worlds = []

    def make(nics: list[str]) -> World:
        home = make_netns("home")
        plug_each(home, nics)
        for nic in nics:
            run("ip", "-n", home, "link", "set", nic, "up")
            run("ip", "-n", home, "link", "set", nic, "down")
        worlds.append(World(home, tmp_path))
        return worlds[-1]

    yield make
    for world in worlds:
        for pid in world.deadmen():
            os.kill(pid, signal.SIGKILL)
        for guest in [name for name in world.names() if name != world.home]:
            run("ip", "netns", "del", guest, check=False)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_killed_at_a_write_leaves_the_state_before(plugged: Callable[..., World], example: str) -> None:
    """From nothing to the first host of the example, reverted by the deadman; and back, by recover."""
    site = load_site(EXAMPLES[example])
    host = next(iter(site.hosts.values()))
    world = plugged([nic.name for nic in host.nics])
    of = ["--of", str(EXAMPLES[example])]
    assert series(world, 9, ["apply", host.name], [], of) > 20
    assert series(world, 9, ["remove", "nothing"], ["--take-deadman"], of) > 10
