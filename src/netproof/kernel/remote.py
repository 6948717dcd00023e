"""FDB entries of VXLAN devices (bridge(8) fdb, `self permanent`; linux/neighbour.h).

One MAC is behind one VTEP. Only the all-zero MAC, the flood list, and group MACs have several: these are appended, and
what is appended twice is there once, without a word (6.18).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from netproof.kernel.channel import Channel, Refusal
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
from netproof.state.tunnels import RemoteEntry

_LASTING: Final = NUD_PERMANENT | NUD_NOARP
_REDIRECTING: Final = frozenset({NDA_PORT, NDA_VNI, NDA_IFINDEX, NDA_SRC_VNI, NDA_NH_ID})
"""What an entry of ours does not have: it goes where the device goes."""


def create_remote(entry: RemoteEntry, index: int, channel: Channel) -> Request:
    """Return the request that makes an entry of the device `index`.

    What the device has learned by itself gives way to it; what somebody wrote there does not.
    """
    if entry.shares_its_mac:
        return Request(NEWNEIGH, _body(entry, index), NLM_F_CREATE | NLM_F_APPEND)
    flags = NLM_F_CREATE | NLM_F_REPLACE if _is_learned(entry, index, channel) else NEW
    return Request(NEWNEIGH, _body(entry, index), flags)


def change_remote(entry: RemoteEntry, index: int) -> Request:
    """Return the request that puts a MAC behind another VTEP."""
    return Request(NEWNEIGH, _body(entry, index), NLM_F_REPLACE)


def delete_remote(entry: RemoteEntry, index: int) -> Request:
    """Return the request that deletes an entry."""
    return Request(DELNEIGH, _body(entry, index))


def _body(entry: RemoteEntry, index: int) -> bytes:
    header = NDMSG.pack(AF_BRIDGE, index, NUD_PERMANENT, NTF_SELF, 0)
    return header + attribute(NDA_LLADDR, mac_bytes(entry.mac)) + attribute(NDA_DST, packed(entry.vtep)[1])


def _is_learned(entry: RemoteEntry, index: int, channel: Channel) -> bool:
    asked = NDMSG.pack(AF_BRIDGE, index, 0, NTF_SELF, 0) + attribute(NDA_LLADDR, mac_bytes(entry.mac))
    answer = channel.ask(Request(GETNEIGH, asked))
    return not isinstance(answer, Refusal) and not NDMSG.unpack_from(answer)[2] & _LASTING


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
