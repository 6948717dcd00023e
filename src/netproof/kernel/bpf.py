"""The two-instruction program that drops every packet (bpf(2)), for kernels without act_gact."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PROG_LOAD, _OBJ_GET_INFO_BY_FD = 5, 15
_SCHED_CLS: Final = 3
_TC_ACT_SHOT: Final = 2
_CALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "ppc64le": 361, "s390x": 351}
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def drop_all() -> Iterator[int]:
    """Yield a descriptor of the program: r0 = TC_ACT_SHOT; exit. Raises OSError if the kernel loads none."""
    code = ctypes.create_string_buffer(
        struct.pack("=BBhi", 0xB7, 0, 0, _TC_ACT_SHOT) + struct.pack("=BBhi", 0x95, 0, 0, 0)
    )
    licence = ctypes.create_string_buffer(b"GPL")
    wanted = struct.pack("=IIQQ", _SCHED_CLS, 2, ctypes.addressof(code), ctypes.addressof(licence))
    fd = _bpf(_PROG_LOAD, ctypes.create_string_buffer(wanted, 128))
    try:
        yield fd
    finally:
        os.close(fd)


def tag(fd: int) -> bytes:
    """Return the kernel's digest of a program, eight bytes: SHA-1 or, in newer kernels, SHA-256, so it is asked."""
    info = ctypes.create_string_buffer(256)
    wanted = struct.pack("=IIQ", fd, len(info), ctypes.addressof(info))
    _bpf(_OBJ_GET_INFO_BY_FD, ctypes.create_string_buffer(wanted, 128))
    return info.raw[8:16]


def _bpf(command: int, attr: ctypes.Array[ctypes.c_char]) -> int:
    call = _CALL.get(os.uname().machine)
    if call is None:
        raise OSError(errno.ENOSYS, f"no bpf(2) known for {os.uname().machine}")
    result = int(_libc.syscall(call, command, attr, len(attr)))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf(2)")
    return result
