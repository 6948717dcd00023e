"""The trap itself: a request on one link for the address of another is answered."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from audit.driver import HERE, found, inside, mend, set_up


@pytest.mark.needs("netns", "arping")
def test_address_of_another_link_is_answered_for(make_netns: Callable[[str], str]) -> None:
    """Until the shown command has been run; its own address goes on being answered for."""
    netns, other = set_up(HERE / "arp_for_others" / "sick_service_address.sh", make_netns)
    inside(other, "ip", "link", "set", "eth0", "up")
    inside(other, "ip", "addr", "add", "192.0.2.2/24", "dev", "eth0")

    def answers(address: str) -> bool:
        told = inside(other, "arping", "-c2", "-w2", "-I", "eth0", address).stdout
        return bool(re.search(r"Received [1-9]|[1-9]\d* packets received", told))

    assert answers("192.0.2.80")
    mend(netns, found(netns, "arp_for_others"))
    assert not answers("192.0.2.80")
    assert answers("192.0.2.1")
