"""A tag that never was in a frame's bytes: a program at a link's egress gives every packet one, beside its data.

That is how a VLAN device on top of a veth pair hands a tag over (a NIC's hardware does it too), and a guest's root
can do the same. Linux calls it VLAN acceleration.
"""

from __future__ import annotations

import ctypes
import os
import socket
from struct import pack

from pyroute2 import IPRoute

from netproof.kernel.netns import entered

_BPF = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine)
_PROG_LOAD, _SCHED_CLS, _VLAN_PUSH, _DIRECT_ACTION = 5, 3, 18, 1
_EGRESS = 0xFFFFFFF3


def _instruction(code: int, register: int, value: int) -> bytes:
    return pack("=BBhi", code, register, 0, value)


def _program(tag_type: int, vid: int) -> int:
    """Load: r2 = type; r3 = VID; bpf_skb_vlan_push(skb, r2, r3); return TC_ACT_OK."""
    code = b"".join((
        _instruction(0xB7, 2, socket.htons(tag_type)),
        _instruction(0xB7, 3, vid),
        _instruction(0x85, 0, _VLAN_PUSH),
        _instruction(0xB7, 0, 0),
        _instruction(0x95, 0, 0),
    ))  # fmt: skip
    text, licence = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
    wanted = pack("=IIQQ", _SCHED_CLS, len(code) // 8, ctypes.addressof(text), ctypes.addressof(licence))
    fd = ctypes.CDLL(None, use_errno=True).syscall(_BPF, _PROG_LOAD, ctypes.create_string_buffer(wanted, 128), 128)
    assert fd >= 0, os.strerror(ctypes.get_errno())
    return fd


def push_tags(netns: str, ifname: str, tag_type: int, vid: int) -> None:
    """Give every packet that leaves by the link one tag, beside its data."""
    fd = _program(tag_type, vid)
    with entered(netns), IPRoute() as netlink:
        index = netlink.link_lookup(ifname=ifname)[0]
        netlink.tc("add", "clsact", index)
        netlink.tc(
            "add-filter", "bpf", index, fd=fd, name="tag", flags=_DIRECT_ACTION, parent=_EGRESS, prio=1, protocol=3
        )
    os.close(fd)
