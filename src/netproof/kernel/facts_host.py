"""Facts that no netlink message tells: who set a MAC, iptables-legacy's tables, the zone of the clock."""

from __future__ import annotations

import ctypes
import errno
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from netproof.kernel.netns import in_thread
from netproof.kernel.untold import UntoldError
from netproof.state.inhabitants import Clock

_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 16384, 1 << 18
_SYSFS: Final = "/sys"
_NET_ADDR_SET: Final = "3"
_UTC = re.compile(r"(<[^>]+>|[A-Za-z]+)[-+]?0+(:0+)*")

_libc = ctypes.CDLL(None, use_errno=True)


def set_macs() -> frozenset[str]:
    """Return the links of the calling thread's namespace whose MAC somebody set. Raises UntoldError.

    Only sysfs tells (addr_assign_type), and a mount of it shows the links of the namespace in which it was made: it is
    mounted anew, for a thread that has its mounts to itself and goes.
    """

    def read() -> frozenset[str]:
        if _libc.unshare(_CLONE_NEWNS) or _libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None):
            raise UntoldError("sysfs cannot be mounted to see who set a MAC: no right to a mount namespace")
        mounted = _libc.mount(b"none", _SYSFS.encode(), b"sysfs", 0, None) == 0
        if not mounted and ctypes.get_errno() != errno.EBUSY:  # busy: what is mounted there is this very sysfs
            raise UntoldError("sysfs cannot be mounted to see who set a MAC")
        links = Path(_SYSFS, "class/net").iterdir()
        return frozenset(link.name for link in links if _assigned(link) == _NET_ADDR_SET)

    return in_thread(read)


def _assigned(link: Path) -> str:
    with suppress(OSError):  # a link that has gone, or a file that is no link
        return (link / "addr_assign_type").read_text().strip()
    return ""


# iptables-legacy: linux/netfilter_ipv4/ip_tables.h and its twin for IPv6, read by getsockopt(2).
_SO_GET_INFO, _SO_GET_ENTRIES = 64, 65
_INFO = struct.Struct("=32s13I")
_ACCEPT: Final = -2
_LEVELS: Final = {"iptables": (socket.AF_INET, socket.IPPROTO_IP, 88), "ip6tables": (socket.AF_INET6, 41, 140)}
_NAMES: Final = {"iptables": "ip_tables_names", "ip6tables": "ip6_tables_names"}


def legacy() -> frozenset[str]:
    """Return the tables of iptables-legacy in the calling thread's namespace that have rules or refuse by policy."""
    return frozenset(
        f"{tool} {table}" for tool in _LEVELS for table in _registered(tool) if _says_something(tool, table)
    )


def _registered(tool: str) -> Iterator[str]:
    """Yield the tables that are there: to ask for any other would make it."""
    path = Path("/proc/thread-self/net", _NAMES[tool])
    yield from path.read_text().split() if path.exists() else ()


def _says_something(tool: str, table: str) -> bool:
    family, level, target = _LEVELS[tool]
    with socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW) as sock:
        info = _asked(sock, level, _SO_GET_INFO, table.encode().ljust(32, b"\0").ljust(84, b"\0"))
        _, hooks, *numbers = _INFO.unpack(info)
        policies, count, size = numbers[5:10], numbers[10], numbers[11]
        at_hooks = [offset for hook, offset in enumerate(policies) if hooks >> hook & 1]
        if count > len(at_hooks) + 1:  # a policy each, and the entry that ends the table
            return True
        head = table.encode().ljust(32, b"\0") + struct.pack("=I4x", size)
        entries = _asked(sock, level, _SO_GET_ENTRIES, head + bytes(size))[len(head) :]
    return any(_verdict(entries, offset, target) != _ACCEPT for offset in at_hooks)


def _verdict(entries: bytes, offset: int, target: int) -> int:
    to_target = struct.unpack_from("=H", entries, offset + target)[0]
    return int(struct.unpack_from("=i", entries, offset + to_target + 32)[0])


def _asked(sock: socket.socket, level: int, option: int, question: bytes) -> bytes:
    """Return the answer to a question that is asked in the very buffer of the answer, as only these options are."""
    buffer = ctypes.create_string_buffer(question, len(question))
    length = ctypes.c_uint32(len(question))
    if _libc.getsockopt(sock.fileno(), level, option, buffer, ctypes.byref(length)):
        raise UntoldError(f"the tables of iptables-legacy cannot be read: errno {ctypes.get_errno()}")
    return buffer.raw


def clock(netns: str | None) -> Clock:
    """Return the zone of local times: that of a namespace, where it has one of its own (ip-netns(8)), or the host's."""
    own = Path("/etc/netns", netns, "localtime") if netns else None
    path = own if own and own.exists() else Path("/etc/localtime")
    if not path.exists():
        return Clock(str(path), "UTC0", is_utc=True)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UntoldError(f"{path} cannot be read: {error.strerror}") from error
    if not content.startswith(b"TZif"):
        return Clock(str(path), "UTC0", is_utc=True)  # as libc takes a file that it cannot read
    zone = content.rstrip(b"\n").rpartition(b"\n")[2].decode(errors="replace")
    return Clock(str(path), zone, is_utc=bool(_UTC.fullmatch(zone)))
