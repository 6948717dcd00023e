"""Static FDB entries of bridge ports (bridge(8) fdb; linux/neighbour.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.netlink import NEW, NLM_F_CREATE, NLM_F_REPLACE, Request, attribute, attributes, get_mac, mac_bytes
from netproof.state.bridging import FdbEntry

_NEWNEIGH, _DELNEIGH, _GETNEIGH = 28, 29, 30
_AF_BRIDGE: Final = 7
_NDA_LLADDR, _NDA_VLAN, _NDA_MASTER = 2, 5, 9
_NTF_MASTER, _NTF_STICKY = 4, 64
_NUD_NOARP, _NUD_PERMANENT = 64, 128
_NDMSG = struct.Struct("=BxxxiHBB")
_ATTEMPTS = 5


def create_entry(entry: FdbEntry, index: int, channel: Channel) -> Request:
    """Return the request that makes an entry at the port `index`.

    What a bridge has learned by itself gives way to it; a static or local entry of that MAC does not.
    """
    flags = NLM_F_CREATE if _is_learned(entry, index, channel) else NEW
    return Request(_NEWNEIGH, _body(entry, index), flags)


def change_entry(entry: FdbEntry, index: int) -> Request:
    """Return the request that sets an existing entry's flags."""
    return Request(_NEWNEIGH, _body(entry, index), NLM_F_REPLACE)


def delete_entry(entry: FdbEntry, index: int) -> Request:
    """Return the request that deletes an entry."""
    return Request(_DELNEIGH, _body(entry, index))


def _body(entry: FdbEntry, index: int) -> bytes:
    flags = _NTF_MASTER | (_NTF_STICKY if entry.sticky else 0)
    header = _NDMSG.pack(_AF_BRIDGE, index, _NUD_NOARP, flags, 0)
    return header + attribute(_NDA_LLADDR, mac_bytes(entry.mac))


def _is_learned(entry: FdbEntry, index: int, channel: Channel) -> bool:
    asked = _NDMSG.pack(_AF_BRIDGE, index, 0, _NTF_MASTER, 0) + attribute(_NDA_LLADDR, mac_bytes(entry.mac))
    answer = channel.ask(Request(_GETNEIGH, asked))
    return not isinstance(answer, Refusal) and not _NDMSG.unpack_from(answer)[2] & (_NUD_NOARP | _NUD_PERMANENT)


def read_entries(netns: str, channel: Channel, ports: dict[int, str]) -> set[FdbEntry]:
    """Return the static entries of `ports`, named by their index.

    The FDB's dump neither is consistent nor says so (6.18): while MACs come and go, entries are missed or shown
    twice. One that came in one datagram is of one instant; a longer one counts once two in a row agree, or else all
    that were seen count: learned entries come and go by themselves, static ones do not.
    """
    seen: list[set[FdbEntry]] = []
    for _ in range(_ATTEMPTS):
        bodies, parts = channel.dump_parts(Request(_GETNEIGH, _NDMSG.pack(_AF_BRIDGE, 0, 0, 0, 0)), "the FDB")
        seen.append(set(_entries(netns, bodies, ports)))
        if parts <= 2 or seen[-1:] == seen[-2:-1]:  # two: the entries, and the message that ends them
            return seen[-1]
    return set().union(*seen)


def _entries(netns: str, bodies: Iterable[bytes], ports: dict[int, str]) -> Iterator[FdbEntry]:
    for body in bodies:
        family, index, state, flags, _ = _NDMSG.unpack_from(body)
        if family != _AF_BRIDGE or not state & _NUD_NOARP or state & _NUD_PERMANENT:
            continue
        found = attributes(body, _NDMSG.size)
        if index in ports and _NDA_MASTER in found and _NDA_VLAN not in found:
            yield FdbEntry(netns, ports[index], get_mac(found[_NDA_LLADDR]), sticky=bool(flags & _NTF_STICKY))
