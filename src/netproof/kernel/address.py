"""Addresses (rtnetlink(7); linux/if_addr.h)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from netproof.kernel.netlink import NEW, Request, attribute, attributes, get_u32, u8, u32
from netproof.kernel.wire import PROTOCOL, packed_prefix, written
from netproof.state.layer3 import Address
from netproof.values.address import link_local_of

_NEWADDR, _DELADDR, _GETADDR = 20, 21, 22
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS, _IFA_PROTO = 1, 2, 8, 11
_F_NODAD: Final = 2
_F_NOPREFIXROUTE: Final = 0x200
_CONF: Final = Path("/proc/sys/net/ipv4/conf")
_IFADDR = struct.Struct("=BBBBi")
_KERNEL_MADE = frozenset({1, 3})  # IFAPROT_KERNEL_LO, _LL (5.18)
_ADVERTISED = 2  # IFAPROT_KERNEL_RA
_LOOPBACK = frozenset({"127.0.0.1/8", "::1/128"})


def create_address(address: Address, index: int) -> Request:
    """Return the request that puts an address on the link `index`, marked as ours."""
    flags = _F_NODAD * address.nodad | _F_NOPREFIXROUTE * address.noprefixroute
    marks = u8(_IFA_PROTO, PROTOCOL) + (u32(_IFA_FLAGS, flags) if flags else b"")
    return Request(_NEWADDR, _body(address, index) + marks, NEW)


def delete_address(address: Address, index: int) -> Request:
    """Return the request that takes an address away."""
    return Request(_DELADDR, _body(address, index))


def _body(address: Address, index: int) -> bytes:
    family, raw, length = packed_prefix(address.address)
    header = _IFADDR.pack(family, length, _F_NODAD if address.nodad else 0, 0, index)
    return header + attribute(_IFA_LOCAL, raw) + attribute(_IFA_ADDRESS, raw)


def dump_addresses() -> Request:
    """Return the request for all addresses of both families."""
    return Request(_GETADDR, _IFADDR.pack(socket.AF_UNSPEC, 0, 0, 0, 0))


def read_address(netns: str, body: bytes, names: dict[int, str], macs: dict[int, str]) -> tuple[Address, bool] | None:
    """Return an address and whether it is marked as ours; None for what the kernel made by itself.

    Before 5.18 nothing tells a link-local address of the kernel from another but that it is the MAC's.
    """
    family, length, _, _, index = _IFADDR.unpack_from(body)
    if family not in (socket.AF_INET, socket.AF_INET6) or index not in names:
        return None
    found = attributes(body, _IFADDR.size)
    protocol = found.get(_IFA_PROTO, b"\0")[0]
    text = f"{written(found.get(_IFA_LOCAL) or found[_IFA_ADDRESS])}/{length}"
    if protocol in _KERNEL_MADE or text in _LOOPBACK:
        return None
    mac = macs.get(index)
    if not protocol and mac and text == f"{link_local_of(mac)}/64":
        return None
    ours = protocol == PROTOCOL
    flags = get_u32(found[_IFA_FLAGS]) if _IFA_FLAGS in found else 0
    unrouted = bool(flags & _F_NOPREFIXROUTE)
    nodad = family == socket.AF_INET6 and bool(flags & _F_NODAD)
    return Address(netns, names[index], text, unrouted, nodad, learned=protocol == _ADVERTISED), ours


@contextmanager
def promoting(ifnames: Iterable[str]) -> Iterator[None]:
    """Let the kernel keep the other addresses of a subnet when its first is deleted (IPv4; it drops them by default).

    It is a setting of the link, put back afterwards; of the calling thread's namespace. Killed in between it stays:
    whoever may be journals it before (`apply.promotion`).
    """
    switched = []
    for path in {_CONF / ifname / "promote_secondaries" for ifname in ifnames}:
        with suppress(FileNotFoundError):
            if path.read_text().strip() == "0":
                path.write_text("1")
                switched.append(path)
    try:
        yield
    finally:
        for path in switched:
            with suppress(FileNotFoundError):
                path.write_text("0")
