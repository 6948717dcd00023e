"""FDB entries of VXLAN devices (bridge(8) fdb, `self permanent`; linux/neighbour.h).

One MAC is behind one VTEP. Only the all-zero MAC, the flood list, and group MACs have several: these are appended, and
what is appended twice is there once, without a word (6.18).
"""

from __future__ import annotations

import struct
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Final

from netproof.change.step import Create, Delete, Replace, Step
from netproof.kernel.block import Block
from netproof.kernel.channel import Channel
from netproof.kernel.neighbour import (
    AF_BRIDGE,
    DELNEIGH,
    GETNEIGH,
    NDA_DST,
    NDA_IFINDEX,
    NDA_LLADDR,
    NDA_NH_ID,
    NDA_PORT,
    NDA_SRC_VNI,
    NDA_VNI,
    NDMSG,
    NEWNEIGH,
    NTF_EXT_LEARNED,
    NTF_SELF,
    NUD_NOARP,
    NUD_PERMANENT,
    create_over,
)
from netproof.kernel.netlink import (
    NEW,
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_REPLACE,
    Request,
    attribute,
    attributes,
    get_mac,
    mac_bytes,
)
from netproof.kernel.wire import packed, written
from netproof.state.tunnels import ALL_ZERO, RemoteEntry

_LASTING: Final = NUD_PERMANENT | NUD_NOARP
_REDIRECTING: Final = frozenset({NDA_PORT, NDA_VNI, NDA_IFINDEX, NDA_SRC_VNI, NDA_NH_ID})
"""What an entry of ours does not have: it goes where the device goes."""


def create_remote(entry: RemoteEntry, index: int, channel: Channel) -> Request:
    """Return the request that makes an entry of the device `index`.

    What the device has learned by itself gives way to it; what somebody wrote there does not.
    """
    if entry.shares_its_mac:
        return Request(NEWNEIGH, _body(entry, index), NLM_F_CREATE | NLM_F_APPEND)
    return create_over(_asked(entry, index), _LASTING, _body(entry, index), channel)


def change_remote(entry: RemoteEntry, index: int) -> Request:
    """Return the request that puts a MAC behind another VTEP."""
    return Request(NEWNEIGH, _body(entry, index), NLM_F_REPLACE)


def delete_remote(entry: RemoteEntry, index: int) -> Request:
    """Return the request that deletes an entry."""
    return Request(DELNEIGH, _body(entry, index))


def pack(steps: Sequence[Step], channel: Channel) -> Block | None:
    """Return steps of one verb as a block; None for a batch that is not of one device and of plain MACs.

    What a device has learned by itself does not give way to a block: it refuses that one.
    """
    verb = type(steps[0])
    entries = list(map(_ENTRY_OF[verb], steps))
    macs = _mac_octets(entries)
    if len(set(map(_IFNAME, entries))) > 1 or _any_shares(entries, macs):
        return None
    try:
        index = channel.ifindex(entries[0].ifname)
    except OSError:
        return None
    kind, flags = _PACKED[verb]
    return _filled(Request(kind, _body(entries[0], index), flags), entries, macs)


_ENTRY_OF: Final = {Create: attrgetter("thing"), Replace: attrgetter("after"), Delete: attrgetter("thing")}
_IFNAME, _MAC, _VTEP = map(attrgetter, ("ifname", "mac", "vtep"))
_EVEN: Final = bytes(range(0, 256, 2))
_PACKED: Final = {Create: (NEWNEIGH, NEW), Replace: (NEWNEIGH, NLM_F_REPLACE), Delete: (DELNEIGH, 0)}
_MAC_AT: Final = NDMSG.size + 4
_VTEP_AT: Final = _MAC_AT + 8 + 4
_RTN_UNICAST: Final = 1
_CACHEINFO_HEADER: Final = struct.pack("=HH", 20, 3)


def as_told(entries: Sequence[RemoteEntry], index: int) -> list[bytes]:
    """Return how a dump tells of entries of the device `index`, up to when they were last used."""
    header = NDMSG.pack(AF_BRIDGE, index, NUD_PERMANENT, NTF_SELF, _RTN_UNICAST)
    body = header + _attributes(entries[0]) + _CACHEINFO_HEADER
    block = _filled(Request(NEWNEIGH, body), entries, _mac_octets(entries))
    if block is None:
        return [header + _attributes(entry) + _CACHEINFO_HEADER for entry in entries]
    return [told for (told,) in struct.iter_unpack(f"16x{len(body)}s", block.data)]


def asking(entries: Sequence[RemoteEntry], index: int) -> Block:
    """Return the questions which VTEPs the MACs of `entries` are behind."""
    block = Block(Request(GETNEIGH, _asked(entries[0], index)), len(entries))
    block.fill(_MAC_AT, _mac_octets(entries))
    return block


def _filled(request: Request, entries: Sequence[RemoteEntry], macs: bytes) -> Block | None:
    """Return a message for each entry, alike but for MAC and VTEP; None if the VTEPs are of two families."""
    vteps = b"".join(map(_octets, map(_VTEP, entries)))
    if len(vteps) != len(entries) * len(_octets(entries[0].vtep)):
        return None
    block = Block(request, len(entries))
    block.fill(_MAC_AT, macs)
    block.fill(_VTEP_AT, vteps)
    return block


def _mac_octets(entries: Sequence[RemoteEntry]) -> bytes:
    return unhexlify("".join(map(_MAC, entries)).encode().translate(None, b":"))


def _any_shares(entries: Sequence[RemoteEntry], macs: bytes) -> bool:
    """Return `RemoteEntry.shares_its_mac` for any of them, at once: a group's MAC begins with an odd octet."""
    firsts = macs[::6]
    return bool(firsts.translate(None, _EVEN)) or (b"\0" in firsts and ALL_ZERO in map(_MAC, entries))


@cache
def _octets(vtep: str) -> bytes:
    return packed(vtep)[1]


def _body(entry: RemoteEntry, index: int) -> bytes:
    return NDMSG.pack(AF_BRIDGE, index, NUD_PERMANENT, NTF_SELF, 0) + _attributes(entry)


def _attributes(entry: RemoteEntry) -> bytes:
    return attribute(NDA_LLADDR, mac_bytes(entry.mac)) + attribute(NDA_DST, _octets(entry.vtep))


def _asked(entry: RemoteEntry, index: int) -> bytes:
    return NDMSG.pack(AF_BRIDGE, index, 0, NTF_SELF, 0) + attribute(NDA_LLADDR, mac_bytes(entry.mac))


def read_remotes(
    netns: str, bodies: Iterable[bytes], devices: Mapping[int, str], groups: Mapping[int, str]
) -> Iterator[RemoteEntry]:
    """Yield the lasting entries of `devices`, named by their index; `groups` are what the kernel floods to by itself.

    Entries that lead elsewhere than the device (another VNI or port), and those of routing daemons, are no part of a
    state.
    """
    for body in bodies:
        family, index, state, flags, _ = NDMSG.unpack_from(body)
        if family != AF_BRIDGE or index not in devices or not state & _LASTING or flags & NTF_EXT_LEARNED:
            continue
        found = attributes(body, NDMSG.size)
        if not flags & NTF_SELF or NDA_DST not in found or not _REDIRECTING.isdisjoint(found):
            continue
        entry = RemoteEntry(netns, devices[index], get_mac(found[NDA_LLADDR]), written(found[NDA_DST]))
        if not (entry.is_flooding and entry.vtep == groups.get(index)):
            yield entry
