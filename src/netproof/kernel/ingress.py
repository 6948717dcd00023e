"""A filter at a link's clsact ingress that drops every frame (tc(8)).

Where the kernel has act_gact: a matchall filter with the action drop. Else a BPF program in direct-action, named
`netproof`. Either at preference 1 for every protocol, so that no other filter comes before it. A program of others that
is the same, in either kind of BPF, drops as well.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from functools import cache
from typing import Final

from netproof.kernel import bpf
from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.netlink import (
    NEW,
    Request,
    attribute,
    attributes,
    get_text,
    get_u32,
    nested,
    text,
    u32,
)
from netproof.state.filters import IngressDrop

_NEWQDISC, _DELQDISC, _GETQDISC = 36, 37, 38
_NEWTFILTER, _DELTFILTER, _GETTFILTER = 44, 45, 46
QDISC = struct.Struct("=BxxxiIII")
"""Struct tcmsg: family, index of the link, handle, parent, info."""
_TCA_KIND, _TCA_OPTIONS, _TCA_CHAIN = 1, 2, 11
_CLSACT, _CLSACT_HANDLE = 0xFFFFFFF1, 0xFFFF0000
_INGRESS, _EGRESS = 0xFFFFFFF2, 0xFFFFFFF3
_FIRST: Final = 1 << 16 | socket.htons(3)  # preference 1, ETH_P_ALL
_BPF_OPS, _BPF_FD, _BPF_NAME, _BPF_FLAGS, _BPF_TAG = 5, 6, 7, 8, 10
_DIRECT_ACTION: Final = 1
_MATCHALL_ACT: Final = 2
_GACT = struct.Struct("=IIiii")
_HANDLE: Final = 1
_ACT_KIND, _ACT_OPTIONS, _GACT_PARMS = 1, 2, 2
_SHOT: Final = 2
_NAME: Final = "netproof"
_RETURN_SHOT: Final = struct.pack("=HBBI", 6, 0, 0, _SHOT)
"""The program in classic BPF (struct sock_filter): return TC_ACT_SHOT."""


def create_drop(index: int, channel: Channel) -> Refusal | None:
    """Put the filter on the link `index`; return why the kernel refuses, None if it does not."""
    refusal = create_clsact(index, channel)
    was_there = refusal is not None and refusal.errno == errno.EEXIST
    if refusal and not was_there:
        return refusal
    refusal = by_gact(index, channel)
    if refusal and refusal.errno != errno.EEXIST:
        refusal = by_bpf(index, channel)
    if refusal and not was_there:
        channel.send([Request(_DELQDISC, _clsact(index))])
    return refusal


def create_clsact(index: int, channel: Channel) -> Refusal | None:
    """Give the link the hook to which ingress filters are tied."""
    return channel.send([Request(_NEWQDISC, _clsact(index), NEW)]).get(0)


def by_gact(index: int, channel: Channel) -> Refusal | None:
    """Put the filter on as matchall with the action drop."""
    gact = nested(_ACT_OPTIONS, attribute(_GACT_PARMS, _GACT.pack(0, 0, _SHOT, 0, 0)))
    action = nested(_MATCHALL_ACT, nested(1, text(_ACT_KIND, "gact"), gact))
    return _add(index, channel, text(_TCA_KIND, "matchall") + nested(_TCA_OPTIONS, action))


def by_bpf(index: int, channel: Channel) -> Refusal | None:
    """Put the filter on as a BPF program."""
    try:
        with bpf.drop_all() as program:
            options = u32(_BPF_FD, program) + text(_BPF_NAME, _NAME) + u32(_BPF_FLAGS, _DIRECT_ACTION)
            return _add(index, channel, text(_TCA_KIND, "bpf") + nested(_TCA_OPTIONS, options))
    except OSError as error:
        return Refusal(error.errno or errno.EIO, error.strerror or "")


def delete_drop(index: int, channel: Channel) -> Refusal | None:
    """Take the filter away, and the clsact if nothing else uses it."""
    refused = channel.send([Request(_DELTFILTER, _tcm(index, _HANDLE, _INGRESS, _FIRST))])
    if not refused and not any(_filters(index, side, channel) for side in (_INGRESS, _EGRESS)):
        refused = channel.send([Request(_DELQDISC, _clsact(index))])
    return refused.get(0)


def read_drops(netns: str, channel: Channel, names: dict[int, str]) -> Iterator[IngressDrop]:
    """Yield the links on which such a filter comes first, and those on which another stands at its place."""
    for body in channel.dump(dump_qdiscs(), "queueing disciplines"):
        index = QDISC.unpack_from(body)[1]
        if index in names and _kind(attributes(body, QDISC.size)) == "clsact":
            first = [f for f in _filters(index, _INGRESS, channel) if _comes_first(f)]
            if first:
                others = [f for f in first if not _drops_all(f)] or first[1:]
                yield IngressDrop(netns, names[index], _kind(attributes(others[0], QDISC.size)) if others else "")


def dump_qdiscs() -> Request:
    """Return the request for the queueing disciplines of all links."""
    return Request(_GETQDISC, _tcm(0, 0, 0))


def _add(index: int, channel: Channel, filter_: bytes) -> Refusal | None:
    return channel.send([Request(_NEWTFILTER, _tcm(index, _HANDLE, _INGRESS, _FIRST) + filter_, NEW)]).get(0)


def _filters(index: int, side: int, channel: Channel) -> list[bytes]:
    """Return the filters of one side; those without a handle are mere headings."""
    found = channel.dump(Request(_GETTFILTER, _tcm(index, 0, side)), "tc filters")
    return [body for body in found if QDISC.unpack_from(body)[2]]


def _comes_first(body: bytes) -> bool:
    return QDISC.unpack_from(body)[4] >> 16 == 1 and not any(attributes(body, QDISC.size).get(_TCA_CHAIN, b""))


def _drops_all(body: bytes) -> bool:
    found = attributes(body, QDISC.size)
    options = attributes(found.get(_TCA_OPTIONS, b""))
    if QDISC.unpack_from(body)[4] != _FIRST:
        return False
    if _kind(found) == "bpf":
        direct = get_u32(options.get(_BPF_FLAGS, bytes(4))) & _DIRECT_ACTION
        return bool(direct) and (options.get(_BPF_OPS) == _RETURN_SHOT or options.get(_BPF_TAG) == _program_tag())
    action = attributes(attributes(options.get(_MATCHALL_ACT, b"")).get(1, b""))
    parameters = attributes(action.get(_ACT_OPTIONS, b"")).get(_GACT_PARMS, b"")
    is_gact = _kind(found) == "matchall" and get_text(action.get(_ACT_KIND, b"")) == "gact"
    return is_gact and _GACT.unpack_from(parameters)[2] == _SHOT


@cache
def _program_tag() -> bytes:
    with bpf.drop_all() as program:
        return bpf.tag(program)


def _kind(found: dict[int, bytes]) -> str:
    return get_text(found.get(_TCA_KIND, b""))


def _tcm(index: int, handle: int, parent: int, info: int = 0) -> bytes:
    return QDISC.pack(0, index, handle, parent, info)


def _clsact(index: int) -> bytes:
    return _tcm(index, _CLSACT_HANDLE, _CLSACT) + text(_TCA_KIND, "clsact")
