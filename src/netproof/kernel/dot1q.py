"""Links that carry one VLAN of another (linux/if_link.h, IFLA_VLAN_*; vlan of ip-link(8))."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from netproof.kernel.link import (
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINK,
    IFLA_LINKINFO,
    RTM_NEWLINK,
    LinkRecord,
    ifinfo,
    plain,
)
from netproof.kernel.netlink import NEW, Request, attribute, get_u16, get_u32, nested, text, u16, u32
from netproof.state.links import Link, Vlan

_ID, _FLAGS, _PROTOCOL = 1, 2, 5
_REORDER_HDR, _LOOSE_BINDING = 1, 4
"""Flags (VLAN_FLAG_*): frames are shown without their tag, as they are unless one asks otherwise; it comes up alone."""
_DOT1Q: Final = 0x8100
_BIG_ENDIAN_U16 = struct.Struct(">H")
_CHANGE = struct.Struct("=II")


def create_vlan(vlan: Vlan, lower: int) -> Request:
    """Return the request that makes the link, down; `lower` is the index of the one under it."""
    flags = attribute(_FLAGS, _CHANGE.pack(_LOOSE_BINDING if vlan.loose else 0, _LOOSE_BINDING))
    info = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "vlan"), nested(IFLA_INFO_DATA, u16(_ID, vlan.vid), flags))
    return Request(RTM_NEWLINK, ifinfo() + u32(IFLA_LINK, lower) + text(IFLA_IFNAME, vlan.ifname) + info, NEW)


def lower_of(link: LinkRecord, names: Mapping[int, str]) -> str:
    """Name the link of this namespace that a VLAN's lies on; empty for all others."""
    is_here = link.link_type == "vlan" and link.other_nsid is None
    return names.get(link.other_end, "") if is_here else ""


def read_vlan(netns: str, link: LinkRecord, names: Mapping[int, str]) -> Vlan | Link:
    """Return the object of a link of type vlan; one of a sort that we never make is just a link."""
    lower = lower_of(link, names)
    (protocol,) = _BIG_ENDIAN_U16.unpack(link.info[_PROTOCOL])
    flags = get_u32(link.info[_FLAGS][:4]) if _FLAGS in link.info else 0  # it tells none if there is none
    if not lower or protocol != _DOT1Q or flags | _LOOSE_BINDING != _REORDER_HDR | _LOOSE_BINDING:
        return plain(netns, link)
    return Vlan(netns, link.ifname, lower, get_u16(link.info[_ID]), loose=bool(flags & _LOOSE_BINDING))
