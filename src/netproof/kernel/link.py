"""Links as the kernel tells and takes them (rtnetlink(7), linux/if_link.h), and the settings every link has."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from netproof.kernel.netlink import (
    Request,
    attribute,
    attributes,
    get_mac,
    get_s32,
    get_text,
    get_u32,
    mac_bytes,
    text,
    u32,
)
from netproof.state.bridging import NoArp
from netproof.state.links import Link, Mac, Mtu, Up
from netproof.state.object import KernelObject

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER = 1, 3, 4, 5, 10
IFLA_LINKINFO, IFLA_IFALIAS, IFLA_GROUP, IFLA_NET_NS_FD, IFLA_EXT_MASK, IFLA_LINK_NETNSID = 18, 20, 27, 28, 29, 37
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5
IFF_UP: Final = 1
IFF_NOARP: Final = 0x80

_IFINFO = struct.Struct("=BxHiII")
_ARPHRD = {1: "ether", 772: "loopback"}
_RTEXT_FILTER_SKIP_STATS = 8


def ifinfo(flags: int = 0, change: int = 0) -> bytes:
    """Return the header of a link message that names its link by an attribute."""
    return _IFINFO.pack(0, 0, 0, flags, change)


def set_link(ifname: str, *changes: bytes) -> Request:
    """Return the request that sets attributes of a link."""
    return Request(RTM_SETLINK, ifinfo() + text(IFLA_IFNAME, ifname) + b"".join(changes))


def delete_link(ifname: str) -> Request:
    """Return the request that deletes a link."""
    return Request(RTM_DELLINK, ifinfo() + text(IFLA_IFNAME, ifname))


def set_alias(ifname: str, alias: str) -> Request:
    """Return the request that marks a link. The message that creates a link ignores its alias (6.18)."""
    return set_link(ifname, attribute(IFLA_IFALIAS, alias.encode()))


def set_mac(thing: Mac) -> Request:
    """Return the request that sets a MAC."""
    return set_link(thing.ifname, attribute(IFLA_ADDRESS, mac_bytes(thing.mac)))


def set_mtu(thing: Mtu) -> Request:
    """Return the request that sets an MTU."""
    return set_link(thing.ifname, u32(IFLA_MTU, thing.mtu))


def set_up(thing: Up, *, up: bool) -> Request:
    """Return the request that puts a link up or down."""
    return _set_flag(thing.ifname, IFF_UP, on=up)


def set_no_arp(thing: NoArp, *, on: bool) -> Request:
    """Return the request that takes ARP and neighbour discovery from a link, or gives them back."""
    return _set_flag(thing.ifname, IFF_NOARP, on=on)


def _set_flag(ifname: str, flag: int, *, on: bool) -> Request:
    return Request(RTM_NEWLINK, ifinfo(flag if on else 0, flag) + text(IFLA_IFNAME, ifname))


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """One link of a dump. `info` and `port_info` are what its own type and its controller's say of it."""

    index: int
    ifname: str
    up: bool
    no_arp: bool
    link_type: str
    mac: str
    mtu: int
    alias: str
    controller: int
    group: int
    other_end: int
    other_nsid: int | None
    info: dict[int, bytes] = field(default_factory=dict)
    controller_type: str = ""
    port_info: dict[int, bytes] = field(default_factory=dict)


def dump_links() -> Request:
    """Return the request for all links, without their counters."""
    return Request(RTM_GETLINK, ifinfo() + u32(IFLA_EXT_MASK, _RTEXT_FILTER_SKIP_STATS))


def link_record(body: bytes) -> LinkRecord:
    """Read one message of a link dump."""
    _, hardware, index, flags, _ = _IFINFO.unpack_from(body)
    found = attributes(body, _IFINFO.size)
    linkinfo = attributes(found.get(IFLA_LINKINFO, b""))
    address = found.get(IFLA_ADDRESS, b"")
    return LinkRecord(
        index=index,
        ifname=get_text(found[IFLA_IFNAME]),
        up=bool(flags & IFF_UP),
        no_arp=bool(flags & IFF_NOARP),
        link_type=get_text(linkinfo.get(IFLA_INFO_KIND, b"")) or _ARPHRD.get(hardware, f"type-{hardware}"),
        mac=get_mac(address) if len(address) == 6 else "",
        mtu=get_u32(found[IFLA_MTU]),
        alias=get_text(found.get(IFLA_IFALIAS, b"")),
        controller=get_u32(found[IFLA_MASTER]) if IFLA_MASTER in found else 0,
        group=get_u32(found[IFLA_GROUP]) if IFLA_GROUP in found else 0,
        other_end=get_u32(found[IFLA_LINK]) if IFLA_LINK in found else 0,
        other_nsid=get_s32(found[IFLA_LINK_NETNSID]) if IFLA_LINK_NETNSID in found else None,
        info=attributes(linkinfo.get(IFLA_INFO_DATA, b"")),
        controller_type=get_text(linkinfo.get(IFLA_INFO_SLAVE_KIND, b"")),
        port_info=attributes(linkinfo.get(IFLA_INFO_SLAVE_DATA, b"")),
    )


def settings(netns: str, link: LinkRecord, lower: str) -> Iterator[KernelObject]:
    """Yield what lies on a link of any type, and of a bridge that it knows no ARP: others are born so, or never are.

    `lower` is the link under it where it carries a VLAN.
    """
    if link.no_arp and link.link_type == "bridge":
        yield NoArp(netns, link.ifname)
    if link.mac:
        yield Mac(netns, link.ifname, link.mac)
    yield Mtu(netns, link.ifname, link.mtu, lower=lower)
    if link.up:
        yield Up(netns, link.ifname)


def plain(netns: str, link: LinkRecord) -> Link:
    """Return the object of a link whose type is none of ours."""
    return Link(netns, link.ifname, link.link_type)
