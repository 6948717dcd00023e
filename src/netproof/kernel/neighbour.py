"""Permanent neighbours (ip-neighbour(8)), and the message they share with FDB entries (linux/neighbour.h)."""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Final

from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.netlink import (
    NEW,
    NLM_F_CREATE,
    NLM_F_REPLACE,
    Request,
    attribute,
    attributes,
    get_mac,
    mac_bytes,
    u8,
)
from netproof.kernel.wire import NAME_OF, PROTOCOL, packed, written
from netproof.state.tunnels import Neighbour

NEWNEIGH, DELNEIGH, GETNEIGH = 28, 29, 30
AF_BRIDGE: Final = 7
NDA_DST, NDA_LLADDR, NDA_VLAN, NDA_PORT, NDA_VNI, NDA_IFINDEX, NDA_MASTER = 1, 2, 5, 6, 7, 8, 9
NDA_SRC_VNI, NDA_PROTOCOL, NDA_NH_ID = 11, 12, 13
NTF_SELF, NTF_MASTER, NTF_PROXY, NTF_EXT_LEARNED, NTF_STICKY, NTF_ROUTER = 2, 4, 8, 16, 64, 128
NUD_INCOMPLETE, NUD_NOARP, NUD_PERMANENT = 1, 64, 128
NDMSG = struct.Struct("=BxxxiHBB")


def create_neighbour(neighbour: Neighbour, index: int, channel: Channel) -> Request:
    """Return the request that makes a neighbour on the link `index`, marked as ours.

    What the kernel found out by itself gives way to it; a permanent one does not.
    """
    return create_over(_asked(neighbour, index), NUD_PERMANENT, _body(neighbour, index), channel)


def create_over(question: bytes, lasting: int, body: bytes, channel: Channel) -> Request:
    """Return the request that makes an entry, also where there is one whose state is none of the `lasting`."""
    answer = channel.ask(Request(GETNEIGH, question))
    gives_way = not isinstance(answer, Refusal) and not NDMSG.unpack_from(answer)[2] & lasting
    return Request(NEWNEIGH, body, NLM_F_CREATE | NLM_F_REPLACE if gives_way else NEW)


def change_neighbour(neighbour: Neighbour, index: int) -> Request:
    """Return the request that gives a neighbour another MAC."""
    return Request(NEWNEIGH, _body(neighbour, index), NLM_F_REPLACE)


def delete_neighbour(neighbour: Neighbour, index: int) -> Request:
    """Return the request that deletes a neighbour."""
    return Request(DELNEIGH, _asked(neighbour, index))


def delete_learned(body: bytes, indexes: Collection[int], *, unanswered: bool) -> Request | None:
    """Return the request that deletes a dumped neighbour if the kernel found it by itself on one of these links.

    That one is a router it has told by itself. `unanswered`: also one that is still being asked for, and with it the
    packets that wait for the answer.
    """
    family, index, state, flags, _ = NDMSG.unpack_from(body)
    kept = NUD_PERMANENT | (0 if unanswered else NUD_INCOMPLETE)
    if family not in NAME_OF or index not in indexes or state & kept or flags & ~NTF_ROUTER:
        return None
    asked = NDMSG.pack(family, index, 0, 0, 0) + attribute(NDA_DST, attributes(body, NDMSG.size)[NDA_DST])
    return Request(DELNEIGH, asked)


def _body(neighbour: Neighbour, index: int) -> bytes:
    mac = attribute(NDA_LLADDR, mac_bytes(neighbour.mac))
    return _asked(neighbour, index, NUD_PERMANENT) + mac + u8(NDA_PROTOCOL, PROTOCOL)


def _asked(neighbour: Neighbour, index: int, state: int = 0) -> bytes:
    family, address = packed(neighbour.address)
    return NDMSG.pack(family, index, state, 0, 0) + attribute(NDA_DST, address)


def dump_neighbours() -> Request:
    """Return the request for all neighbours of both families."""
    return Request(GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0))


def read_neighbour(netns: str, body: bytes, names: dict[int, str]) -> tuple[Neighbour, bool] | None:
    """Return a permanent neighbour and whether it is marked as ours; None for what is no part of a state."""
    family, index, state, flags, _ = NDMSG.unpack_from(body)
    if (
        family not in NAME_OF
        or index not in names
        or not state & NUD_PERMANENT
        or flags & (NTF_PROXY | NTF_EXT_LEARNED)
    ):
        return None
    found = attributes(body, NDMSG.size)
    if NDA_LLADDR not in found:
        return None
    neighbour = Neighbour(netns, names[index], written(found[NDA_DST]), get_mac(found[NDA_LLADDR]))
    return neighbour, found.get(NDA_PROTOCOL, b"\0")[0] == PROTOCOL
