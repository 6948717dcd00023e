"""Static FDB entries of bridge ports (bridge(8) fdb; linux/neighbour.h)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.neighbour import (
    AF_BRIDGE,
    DELNEIGH,
    GETNEIGH,
    NDA_LLADDR,
    NDA_MASTER,
    NDA_VLAN,
    NDMSG,
    NEWNEIGH,
    NTF_MASTER,
    NTF_STICKY,
    NUD_NOARP,
    NUD_PERMANENT,
)
from netproof.kernel.netlink import (
    NEW,
    NLM_F_CREATE,
    NLM_F_REPLACE,
    Request,
    attribute,
    attributes,
    get_mac,
    mac_bytes,
    u16,
)
from netproof.state.bridging import FdbEntry

_VID = 1  # what ports are born in; the kernel enters what is static both there and without a VLAN


def create_entry(entry: FdbEntry, index: int, channel: Channel) -> Request:
    """Return the request that makes an entry at the port `index`.

    What a bridge has learned by itself gives way to it; a static or local entry of that MAC does not.
    """
    flags = NLM_F_CREATE if _is_learned(entry, index, channel) else NEW
    return Request(NEWNEIGH, _body(entry, index), flags)


def change_entry(entry: FdbEntry, index: int) -> Request:
    """Return the request that sets an existing entry's flags."""
    return Request(NEWNEIGH, _body(entry, index), NLM_F_REPLACE)


def delete_entry(entry: FdbEntry, index: int) -> Request:
    """Return the request that deletes an entry."""
    return Request(DELNEIGH, _body(entry, index))


def _body(entry: FdbEntry, index: int) -> bytes:
    flags = NTF_MASTER | (NTF_STICKY if entry.sticky else 0)
    header = NDMSG.pack(AF_BRIDGE, index, NUD_NOARP, flags, 0)
    return header + attribute(NDA_LLADDR, mac_bytes(entry.mac))


def _is_learned(entry: FdbEntry, index: int, channel: Channel) -> bool:
    """Say whether a bridge has learned the MAC: without a VLAN, or in that of a port if it filters by VLAN."""
    asked = NDMSG.pack(AF_BRIDGE, index, 0, NTF_MASTER, 0) + attribute(NDA_LLADDR, mac_bytes(entry.mac))
    answer = channel.ask(Request(GETNEIGH, asked))
    if isinstance(answer, Refusal):
        answer = channel.ask(Request(GETNEIGH, asked + u16(NDA_VLAN, _VID)))
    return not isinstance(answer, Refusal) and not NDMSG.unpack_from(answer)[2] & (NUD_NOARP | NUD_PERMANENT)


def read_entries(netns: str, bodies: Iterable[bytes], ports: Mapping[int, str]) -> Iterator[FdbEntry]:
    """Yield the static entries of `ports`, named by their index."""
    for body in bodies:
        family, index, state, flags, _ = NDMSG.unpack_from(body)
        if family != AF_BRIDGE or not state & NUD_NOARP or state & NUD_PERMANENT:
            continue
        found = attributes(body, NDMSG.size)
        if index in ports and NDA_MASTER in found and NDA_VLAN not in found:
            yield FdbEntry(netns, ports[index], get_mac(found[NDA_LLADDR]), sticky=bool(flags & NTF_STICKY))
