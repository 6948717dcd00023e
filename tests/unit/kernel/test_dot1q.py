"""Links that carry a VLAN, as the kernel tells of them."""

from __future__ import annotations

import struct

import pytest

from netproof.kernel.dot1q import read_vlan
from netproof.kernel.link import LinkRecord
from netproof.state.links import Link, Vlan
from netproof.state.object import HOME


def told(protocol: int = 0x8100, flags: int | None = 1) -> LinkRecord:
    """Return what a dump tells of x30 on link 2; of flags nothing if there is none (vlan_fill_info, net/8021q)."""
    info = {1: struct.pack("=H", 30), 5: struct.pack(">H", protocol)}
    info |= {} if flags is None else {2: struct.pack("=II", flags, 0xFFFFFFFF)}
    return LinkRecord(3, "x30", False, False, "vlan", "02:00:00:00:00:01", 1500, "", 0, 0, 2, None, info)


@pytest.mark.parametrize(("flags", "loose"), [(1, False), (5, True)])
def test_vlan_is_read_with_how_it_is_bound(flags: int, loose: bool) -> None:
    """What takes off the tag, and nothing else, is a VLAN."""
    assert read_vlan(HOME, told(flags=flags), {2: "eth1"}) == Vlan(HOME, "x30", "eth1", 30, loose=loose)


@pytest.mark.parametrize("link", [told(flags=None), told(flags=3), told(protocol=0x88A8)])
def test_vlan_of_a_sort_that_is_never_made_here_is_just_a_link(link: LinkRecord) -> None:
    """One that keeps the tag (``reorder_hdr off``), of which the kernel may tell no flags; GVRP; 802.1ad."""
    assert read_vlan(HOME, link, {2: "eth1"}) == Link(HOME, "x30", "vlan")
