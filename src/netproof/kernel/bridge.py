"""Bridges (linux/if_link.h, IFLA_BR_*)."""

from __future__ import annotations

from typing import Final

from netproof.kernel.link import (
    IFLA_ADDRESS,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    RTM_NEWLINK,
    LinkRecord,
    ifinfo,
)
from netproof.kernel.netlink import NEW, Request, attribute, get_u16, get_u32, mac_bytes, nested, text, u8, u16, u32
from netproof.state.links import Bridge

_STP_STATE: Final = 5
_GROUP_FWD_MASK: Final = 9
_MCAST_SNOOPING: Final = 23
_NF_CALL_IPTABLES, _NF_CALL_IP6TABLES = 36, 37


def create_bridge(bridge: Bridge) -> Request:
    """Return the request that makes a bridge, down."""
    return Request(RTM_NEWLINK, _body(bridge), NEW)


def change_bridge(bridge: Bridge) -> Request:
    """Return the request that gives an existing bridge the values of `bridge`."""
    return Request(RTM_NEWLINK, _body(bridge))


def _body(bridge: Bridge) -> bytes:
    data = nested(
        IFLA_INFO_DATA,
        u32(_STP_STATE, bridge.stp),
        u16(_GROUP_FWD_MASK, bridge.group_fwd_mask),
        u8(_MCAST_SNOOPING, bridge.mcast_snooping),
        u8(_NF_CALL_IPTABLES, bridge.nf_call),
        u8(_NF_CALL_IP6TABLES, bridge.nf_call),
    )
    return (
        ifinfo()
        + text(IFLA_IFNAME, bridge.ifname)
        + attribute(IFLA_ADDRESS, mac_bytes(bridge.mac))
        + nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "bridge"), data)
    )


def read_bridge(netns: str, link: LinkRecord) -> Bridge:
    """Return the object of a link that is a bridge.

    A kernel built without IGMP snooping, or without br_netfilter, does not tell of it.
    """
    return Bridge(
        netns,
        link.ifname,
        link.mac,
        mcast_snooping=bool(link.info.get(_MCAST_SNOOPING, b"\0")[0]),
        stp=bool(get_u32(link.info[_STP_STATE])),
        group_fwd_mask=get_u16(link.info[_GROUP_FWD_MASK]),
        nf_call=all(link.info.get(family, b"\0")[0] for family in (_NF_CALL_IPTABLES, _NF_CALL_IP6TABLES)),
    )
