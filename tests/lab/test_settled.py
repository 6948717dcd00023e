"""Settled means that frames pass, now.

::

    one: w (index 77) ──── two: w (index 77)      the kernel is in no hurry to notice such a pair's carrier
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from shell import run

from netproof.lab.settled import settle

pytestmark = pytest.mark.needs("netns")


def test_a_pair_whose_ends_have_one_index_runs_once_it_is_settled(make_netns: Callable[..., str]) -> None:
    """A carrier that the kernel would notice up to a second later is noticed before a lab is said to be up."""
    one, two = make_netns("one"), make_netns("two")
    far = ("peer", "name", "w", "netns", two, "index", "77")
    run("ip", "-n", one, "link", "add", "name", "w", "index", "77", "type", "veth", *far)
    run("ip", "-n", one, "link", "set", "w", "up")
    run("ip", "-n", two, "link", "set", "w", "up")
    settle([one, two], lambda: None)
    for netns in (one, two):
        assert "NO-CARRIER" not in run("ip", "-n", netns, "link", "show", "w")
