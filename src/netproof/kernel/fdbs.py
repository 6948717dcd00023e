"""Reading the FDBs of a namespace, its bridges' and its VXLAN devices': listed in one dump, or asked for one by one.

A dump of an FDB neither is consistent nor says so (6.18): while MACs come and go, entries are missed or shown twice.
So we listen meanwhile: what was disturbed is done again, and if it always is, all that was seen counts, for learned
entries come and go by themselves, static ones do not.

A dump also begins anew at the head of a device's list with each datagram: a million entries take minutes. So, where the
entries to look at are all named, those of a device with very many are asked for one by one.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from struct import Struct
from typing import Final

from netproof.kernel.channel import BATCH, NETLINK_ROUTE, AnswersLostError, Channel, Part
from netproof.kernel.fdb import read_entries
from netproof.kernel.held import Held
from netproof.kernel.neighbour import AF_BRIDGE, DELNEIGH, GETNEIGH, NDMSG, NEWNEIGH
from netproof.kernel.netlink import Request, messages
from netproof.kernel.netns import entered
from netproof.kernel.remote import as_told, asking, read_remotes
from netproof.state.bridging import FdbEntry
from netproof.state.object import Key
from netproof.state.tunnels import RemoteEntry

MANY: Final = 50_000
"""Entries of one device for which asking one by one is faster than a dump."""

_SOL_NETLINK, _NETLINK_ADD_MEMBERSHIP, _RTNLGRP_NEIGH = 270, 1, 3
_DATAGRAM: Final = 1 << 16
_ATTEMPTS: Final = 5
_TAIL: Final = 16  # what varies of a message: when the entry was last used, its last attribute

Entries = Mapping[Key, RemoteEntry]


@dataclass(frozen=True, slots=True)
class Tables:
    """The FDBs of one namespace: its bridge ports and VXLAN devices, by index, and what is looked for in them.

    `groups` is what a device floods to by itself. `wanted` are entries by their device: those found are given back as
    they are; if `by_name`, no other need be found.
    """

    netns: str
    ports: Mapping[int, str]
    devices: Mapping[int, str]
    groups: Mapping[int, str]
    wanted: Mapping[str, Entries]
    by_name: bool

    def told_by(self, bodies: Sequence[bytes]) -> Iterator[FdbEntry | RemoteEntry]:
        """Yield what messages tell of, as far as that is part of a state."""
        yield from read_entries(self.netns, bodies, self.ports)
        yield from read_remotes(self.netns, bodies, self.devices, self.groups)


def read_fdbs(held: Held, tables: Tables) -> dict[Key, FdbEntry | RemoteEntry]:
    """Return the lasting entries. Raises KernelError."""
    asked = [i for i, name in tables.devices.items() if tables.by_name and len(tables.wanted.get(name, ())) > MANY]
    listed = sorted({*tables.ports, *tables.devices} - {*asked}) if asked else [0]
    found: dict[Key, FdbEntry | RemoteEntry] = {}
    for index in asked:
        try:
            found |= _asked_for(held.route, index, tables)
        except AnswersLostError:
            listed.append(index)
    with _watching(held) as watch:
        for index in listed:
            found |= _listed(held.route, index, watch, tables)
    return found


def _asked_for(channel: Channel, index: int, tables: Tables) -> dict[Key, FdbEntry | RemoteEntry]:
    """Return what the device holds of the wanted MACs.

    Of those that have several entries the kernel tells one; the others were acknowledged when they were written.
    """
    wanted = tables.wanted[tables.devices[index]]
    keys, entries = list(wanted), list(wanted.values())
    found: dict[Key, FdbEntry | RemoteEntry] = dict(wanted)
    odd: list[bytes] = []
    for at in range(0, len(entries), BATCH):
        batch = entries[at : at + BATCH]
        answers = channel.ask_block(asking(batch, index))
        heads, told = [body and body[:-_TAIL] for body in answers], as_told(batch, index)
        if heads != told:
            for key, expected, head, body in zip(keys[at : at + BATCH], told, heads, answers, strict=True):
                if expected != head:
                    del found[key]
                    odd += [body] if body else []
    found |= ((entry.key, entry) for entry in tables.told_by(odd))
    shared = [(key, entry) for key, entry in wanted.items() if key[-1]]
    met = {entry.mac for key, entry in shared if key in found}
    return found | {key: entry for key, entry in shared if entry.mac in met}


def _listed(channel: Channel, index: int, watch: socket.socket, tables: Tables) -> dict[Key, FdbEntry | RemoteEntry]:
    """Return the entries of the link `index`, of all links if 0."""
    wanted, known = _known(tables, [index] if index else [*tables.devices])
    found: dict[Key, FdbEntry | RemoteEntry] = {}
    for _ in range(_ATTEMPTS):
        _is_disturbed(watch)
        parts = channel.dump_parts(Request(GETNEIGH, NDMSG.pack(AF_BRIDGE, index, 0, 0, 0)), "the FDB")
        seen = _seen(parts, wanted, known, tables)
        if len(parts) <= 1 or not _is_disturbed(watch):
            return seen
        found |= seen
    return found


def _known(tables: Tables, indexes: Sequence[int]) -> tuple[dict[Key, RemoteEntry], dict[bytes, Key]]:
    """Return the entries wanted at these devices, and their keys by how the kernel tells of them."""
    wanted: dict[Key, RemoteEntry] = {}
    known: dict[bytes, Key] = {}
    for index in indexes:
        if at_device := tables.wanted.get(tables.devices.get(index, "")):
            wanted |= at_device
            known |= zip(as_told(list(at_device.values()), index), at_device, strict=True)
    return wanted, known


def _seen(
    parts: Sequence[Part], wanted: Entries, known: Mapping[bytes, Key], tables: Tables
) -> dict[Key, FdbEntry | RemoteEntry]:
    """Return what a dump tells of. All that is wanted is taken for seen, and what is missing then left out: of very
    many entries it is mostly none.
    """
    told: set[bytes] = set()
    for part in parts:
        told.update(_heads(part))
    missing = () if known.keys() <= told else known.keys() - told
    seen: dict[Key, FdbEntry | RemoteEntry] = dict(wanted)
    for head in missing:
        del seen[known[head]]
    if len(told) > len(known) - len(missing):
        new = [body for part in parts for body, head in zip(part, _heads(part), strict=True) if head not in known]
        seen |= ((entry.key, entry) for entry in tables.told_by(new))
    return seen


def _heads(part: Part) -> Iterable[bytes]:
    """Return the messages of a part without what varies of them."""
    length = part.size - 16 - _TAIL
    if length <= 0:
        return (body[:-_TAIL] for body in part)
    return chain.from_iterable(Struct(f"16x{length}s{_TAIL}x").iter_unpack(part.data))


@contextmanager
def _watching(held: Held) -> Iterator[socket.socket]:
    """Listen to changes of tables in a namespace."""
    with entered(held.fd):
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        watch = socket.socket(socket.AF_NETLINK, kind, NETLINK_ROUTE)
    with watch:
        watch.bind((0, 0))  # the kernel tells one without a number nothing, nor says so
        watch.setsockopt(_SOL_NETLINK, _NETLINK_ADD_MEMBERSHIP, _RTNLGRP_NEIGH)
        yield watch


def _is_disturbed(watch: socket.socket) -> bool:
    """Say whether an FDB has changed since this was asked last."""
    disturbed = False
    while True:
        try:
            data = watch.recv(_DATAGRAM)
        except BlockingIOError:
            return disturbed
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            disturbed = True
        else:
            disturbed |= any(m.kind in (NEWNEIGH, DELNEIGH) and m.body[0] == AF_BRIDGE for m in messages(data))
