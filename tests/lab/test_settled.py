"""Settled means that frames pass, now.

::

    one: w (index 77) ──── two: w (index 77)      the kernel is in no hurry to notice such a pair's carrier
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netproof.lab.settled import settle
from shell import run

pytestmark = pytest.mark.needs("netns")


def test_pairs_whose_ends_have_one_index_run_once_they_are_settled(make_netns: Callable[..., str]) -> None:
    """A carrier that the kernel would notice up to a second after the last is noticed before a lab is said to be up."""
    one, two = make_netns("one"), make_netns("two")
    for netns in (one, two):  # else detecting duplicate addresses would outlast the kernel's second
        run("ip", "netns", "exec", netns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    for index in ("77", "78", "79"):
        far = ("peer", "name", f"w{index}", "netns", two, "index", index)
        run("ip", "-n", one, "link", "add", "name", f"w{index}", "index", index, "type", "veth", *far)
        run("ip", "-n", one, "link", "set", f"w{index}", "up")
        run("ip", "-n", two, "link", "set", f"w{index}", "up")
        settle([one, two], lambda: None)
        for netns in (one, two):
            assert "NO-CARRIER" not in run("ip", "-n", netns, "link", "show", "type", "veth")
