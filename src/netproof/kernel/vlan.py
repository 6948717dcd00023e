"""Bridges that filter by VLAN, and the VLANs that the bridge device itself is in (linux/if_bridge.h, bridge(8) vlan).

That a bridge filters is an attribute of the link; its own VLANs are told and set in messages of family AF_BRIDGE, each
as a structure of flags and VID, two of them for a range.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from netproof.kernel.link import (
    IFLA_EXT_MASK,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    RTM_DELLINK,
    RTM_GETLINK,
    RTM_NEWLINK,
    RTM_SETLINK,
    LinkRecord,
    ifinfo,
)
from netproof.kernel.neighbour import AF_BRIDGE
from netproof.kernel.netlink import Request, attribute, attributes, each_attribute, nested, text, u8, u16, u32
from netproof.state.bridging import BORN_IN, VlanFiltering

_IFLA_BR_VLAN_FILTERING: Final = 7
_IFLA_AF_SPEC: Final = 26
_FLAGS, _VLAN_INFO = 0, 2  # IFLA_BRIDGE_*
_OF_THE_BRIDGE: Final = 2  # BRIDGE_FLAGS_SELF
_COMPRESSED: Final = 4  # RTEXT_FILTER_BRVLAN_COMPRESSED
_WORDS: Final = {"pvid": 2, "untagged": 4}  # BRIDGE_VLAN_INFO_*
_BEGIN, _END = 8, 16  # of a range
_EVERY: Final = ("1-4094",)

_IFINFO = struct.Struct("=BxHiII")
_INFO = struct.Struct("=HH")


def start_filtering(thing: VlanFiltering, index: int) -> list[Request]:
    """Return what makes the bridge `index` filter, being itself in the VLANs of `thing` alone."""
    return [_switch(thing.ifname, on=True), *_membership(index, thing.own)]


def stop_filtering(thing: VlanFiltering, index: int) -> list[Request]:
    """Return what makes the bridge `index` as it was born."""
    return [_switch(thing.ifname, on=False), *_membership(index, BORN_IN)]


def try_filtering(ifname: str) -> Request:
    """Return the request that makes a bridge filter by VLAN; a kernel that cannot takes it and does nothing."""
    return _switch(ifname, on=True)


def filters(link: LinkRecord) -> bool:
    """Say whether a bridge filters by VLAN."""
    return bool(link.info.get(_IFLA_BR_VLAN_FILTERING, b"\0")[0])


def dump_vlans() -> Request:
    """Return the request for the VLANs of all bridges and ports."""
    return Request(RTM_GETLINK, _IFINFO.pack(AF_BRIDGE, 0, 0, 0, 0) + u32(IFLA_EXT_MASK, _COMPRESSED))


def read_filtering(netns: str, bodies: Iterable[bytes], bridges: dict[int, str]) -> Iterator[VlanFiltering]:
    """Yield the filtering of `bridges`, of which it is known that they do, named by their index."""
    own = dict.fromkeys(bridges, b"")
    for body in bodies:
        _, _, index, _, _ = _IFINFO.unpack_from(body)
        if index in own:
            own[index] = attributes(body, _IFINFO.size).get(_IFLA_AF_SPEC, b"")
    yield from (VlanFiltering(netns, name, tuple(_spelled(own[index]))) for index, name in bridges.items())


def _switch(ifname: str, *, on: bool) -> Request:
    data = nested(IFLA_INFO_DATA, u8(_IFLA_BR_VLAN_FILTERING, on))
    info = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "bridge"), data)
    return Request(RTM_NEWLINK, ifinfo() + text(IFLA_IFNAME, ifname) + info)


def _membership(index: int, vlans: tuple[str, ...]) -> Iterator[Request]:
    yield Request(RTM_DELLINK, _named(index, _EVERY))  # says nothing of those it was not in
    if vlans:
        yield Request(RTM_SETLINK, _named(index, vlans))


def _named(index: int, vlans: tuple[str, ...]) -> bytes:
    infos = b"".join(info for vlan in vlans for info in _infos(vlan))
    return _IFINFO.pack(AF_BRIDGE, 0, index, 0, 0) + nested(_IFLA_AF_SPEC, u16(_FLAGS, _OF_THE_BRIDGE), infos)


def _infos(vlan: str) -> Iterator[bytes]:
    vids, *words = vlan.split()
    first, _, last = vids.partition("-")
    flags = sum(_WORDS[word] for word in words)
    yield attribute(_VLAN_INFO, _INFO.pack(flags | (_BEGIN if last else 0), int(first)))
    if last:
        yield attribute(_VLAN_INFO, _INFO.pack(flags | _END, int(last)))


def _spelled(spec: bytes) -> Iterator[str]:
    """Yield VLANs in the words of `VlanFiltering.own`."""
    first = 0
    for kind, payload in each_attribute(spec):
        if kind != _VLAN_INFO:
            continue
        flags, vid = _INFO.unpack_from(payload)
        if flags & _BEGIN:
            first = vid
            continue
        vids = f"{first}-{vid}" if flags & _END else str(vid)
        yield " ".join((vids, *(word for word, bit in _WORDS.items() if flags & bit)))
