"""The trap itself: a neighbour's address ends at the host that has only one of the prefix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.driver import HERE, found, inside, mend, set_up


@pytest.mark.needs("netns", "ping")
def test_host_answers_itself_for_an_address_that_nobody_has(make_netns: Callable[[str], str]) -> None:
    """Until the shown command has been run."""
    netns = set_up(HERE / "lo_prefix" / "sick.sh", make_netns).host
    ping = ("ping", "-c1", "-W1", "198.51.100.77")
    assert inside(netns, *ping).returncode == 0
    mend(netns, found(netns, "lo_prefix"))
    assert inside(netns, *ping).returncode != 0
