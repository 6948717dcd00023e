"""Membership of a bridge, and the port's flags (linux/if_link.h, IFLA_BRPORT_*).

A port's flags can be set only once it is one, so two messages of one batch make it. They are sent while the link is
down, or it was already without guard.
"""

from __future__ import annotations

from typing import Final

from netproof.kernel.link import (
    IFLA_IFNAME,
    IFLA_INFO_SLAVE_DATA,
    IFLA_INFO_SLAVE_KIND,
    IFLA_LINKINFO,
    IFLA_MASTER,
    RTM_NEWLINK,
    LinkRecord,
    ifinfo,
    set_link,
)
from netproof.kernel.netlink import Request, nested, text, u8, u32
from netproof.state.bridging import Port

_LEARNING: Final = 8
_ISOLATED: Final = 33
_LOCKED: Final = 39


def join(port: Port, bridge: int) -> list[Request]:
    """Return what makes the link a port of the bridge whose index is `bridge`."""
    return [set_link(port.ifname, u32(IFLA_MASTER, bridge)), set_flags(port)]


def leave(port: Port) -> Request:
    """Return the request that takes the link out of its bridge."""
    return set_link(port.ifname, u32(IFLA_MASTER, 0))


def set_flags(port: Port) -> Request:
    """Return the request that gives the port its flags."""
    flags = nested(
        IFLA_INFO_SLAVE_DATA, u8(_LEARNING, port.learning), u8(_LOCKED, port.locked), u8(_ISOLATED, port.isolated)
    )
    info = nested(IFLA_LINKINFO, text(IFLA_INFO_SLAVE_KIND, "bridge"), flags)
    return Request(RTM_NEWLINK, ifinfo() + text(IFLA_IFNAME, port.ifname) + info)


def read_port(netns: str, link: LinkRecord, bridge: str) -> Port:
    """Return the membership of a link in `bridge`."""
    return Port(
        netns,
        link.ifname,
        bridge,
        learning=_flag(link, _LEARNING),
        locked=_flag(link, _LOCKED),
        isolated=_flag(link, _ISOLATED),
    )


def _flag(link: LinkRecord, number: int) -> bool:
    """Read a flag; a kernel that does not know it does not tell of it (`locked` is 5.16's)."""
    return bool(link.port_info.get(number, b"\0")[0])
