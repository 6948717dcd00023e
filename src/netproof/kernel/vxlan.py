"""VXLAN devices (RFC 7348; linux/if_link.h, IFLA_VXLAN_*).

A namespace has one device for a VNI and UDP port, whatever their local addresses. What a device is born with and
cannot be told otherwise later (VNI, port, family, proxying) is sent at its birth only: a change that names it is
refused (6.18).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from netproof.kernel.link import (
    IFLA_ADDRESS,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    IFLA_NET_NS_FD,
    RTM_NEWLINK,
    LinkRecord,
    ifinfo,
    plain,
)
from netproof.kernel.netlink import NEW, Request, attribute, get_u32, mac_bytes, nested, text, u8, u32
from netproof.kernel.wire import packed, written
from netproof.state.links import Link
from netproof.state.tunnels import Vxlan

_ID, _GROUP, _LINK, _LOCAL, _TTL, _LEARNING, _PROXY, _PORT, _GROUP6, _LOCAL6 = 1, 2, 3, 4, 5, 7, 11, 15, 16, 17
_RSC, _L2MISS, _L3MISS, _ZERO_CSUM6_TX, _ZERO_CSUM6_RX, _COLLECT_METADATA, _DF = 12, 13, 14, 19, 20, 25, 29
_NEVER: Final = (_RSC, _L2MISS, _L3MISS, _ZERO_CSUM6_TX, _COLLECT_METADATA)
"""Flags that no device of ours has."""
_DF_UNSET, _DF_SET = 0, 1
_BIG_ENDIAN_U16 = struct.Struct(">H")


def create_vxlan(vxlan: Vxlan, underlay: int, into: int | None = None) -> Request:
    """Return the request that makes a device, down; `underlay` is the index of its link, 0 for none.

    `into`: a descriptor of the namespace that it is born in; its socket is in that where the request is made.
    """
    born = (
        u32(_ID, vxlan.vni),
        attribute(_PORT, _BIG_ENDIAN_U16.pack(vxlan.udp_port)),
        u8(_PROXY, vxlan.proxy),
        u8(_ZERO_CSUM6_RX, 1),
    )
    away = b"" if into is None else u32(IFLA_NET_NS_FD, into)
    return Request(RTM_NEWLINK, _body(vxlan, underlay, *born) + away, NEW)


def change_vxlan(vxlan: Vxlan, underlay: int) -> Request:
    """Return the request that gives an existing device the values of `vxlan`; one that is up joins its new group."""
    return Request(RTM_NEWLINK, _body(vxlan, underlay))


def _body(vxlan: Vxlan, underlay: int, *born: bytes) -> bytes:
    _, local = packed(vxlan.local)
    wide = ":" in vxlan.local
    _, group = packed(vxlan.remote_group or ("::" if wide else "0.0.0.0"))  # noqa: S104 it means no group
    data = nested(
        IFLA_INFO_DATA,
        *born,
        attribute(_GROUP6 if wide else _GROUP, group),
        attribute(_LOCAL6 if wide else _LOCAL, local),
        u32(_LINK, underlay),
        u8(_TTL, vxlan.ttl),
        u8(_LEARNING, vxlan.learning),
        u8(_DF, _DF_SET if vxlan.df else _DF_UNSET),
    )
    return (
        ifinfo()
        + text(IFLA_IFNAME, vxlan.ifname)
        + attribute(IFLA_ADDRESS, mac_bytes(vxlan.mac))
        + nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "vxlan"), data)
    )


def read_vxlan(netns: str, link: LinkRecord, names: Mapping[int, str]) -> Vxlan | Link:
    """Return the object of a link of type vxlan; one of a sort that we never make is just a link.

    `names` are those of the links in the namespace of its socket, by their index.
    A device that lost its group keeps its underlay, which then means nothing (6.18), and is not told.
    """
    info, group = link.info, group_of(link)
    local = info.get(_LOCAL) or info.get(_LOCAL6)
    if not local or any(info.get(flag, b"\0")[0] for flag in _NEVER):
        return plain(netns, link)
    return Vxlan(
        netns,
        link.ifname,
        link.mac,
        vni=get_u32(info[_ID]),
        local=written(local),
        udp_port=_BIG_ENDIAN_U16.unpack(info[_PORT])[0],
        learning=bool(info[_LEARNING][0]),
        proxy=bool(info[_PROXY][0]),
        remote_group=group,
        underlay=names.get(get_u32(info[_LINK]), "") if group and _LINK in info else "",
        ttl=info[_TTL][0],
        df=info[_DF][0] == _DF_SET,
    )


def group_of(link: LinkRecord) -> str:
    """Return the group of a device, or the one VTEP that it was born with; empty if it has none."""
    group = link.info.get(_GROUP) or link.info.get(_GROUP6)
    return written(group) if group and any(group) else ""
