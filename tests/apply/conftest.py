"""The world in which applies are killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apply.world import World
from shell import run


@pytest.fixture
def world(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[World]:
    """Make a home with NICs that are somebody else's; guests that are left over go with it."""
    home = make_netns("home")
    run("ip", "netns", "exec", home, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
    for nic in ("1", "2"):
        run("ip", "-n", home, "link", "add", f"eth{nic}", "type", "veth", "peer", "name", f"n{nic}")
        run("ip", "-n", home, "link", "set", f"n{nic}", "up")
    run("ip", "-n", home, "link", "set", "eth1", "up")
    run("ip", "-n", home, "link", "set", "eth2", "up")  # a link that was never up differs from one that is down again
    run("ip", "-n", home, "link", "set", "eth2", "down")
    run("ip", "-n", home, "address", "add", "192.0.2.1/24", "dev", "eth1")
    run("ip", "-n", home, "route", "add", "10.9.0.0/16", "via", "192.0.2.254")
    yield World(home, tmp_path)
    for guest in [line.split()[0] for line in run("ip", "netns").splitlines() if line.startswith(f"{home}.")]:
        run("ip", "netns", "del", guest, check=False)
