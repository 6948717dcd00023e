"""bpf(2): the two-instruction program that drops every packet, for kernels without act_gact; what is tied to a link."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PROG_LOAD, _OBJ_GET_INFO_BY_FD, _PROG_QUERY = 5, 15, 16
_TCX_INGRESS, _TCX_EGRESS = 46, 47
_WITHOUT_TCX: Final = (errno.EINVAL, errno.ENOENT, errno.ENOSYS)
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


def tcx_programs(index: int) -> int:
    """Return how many programs are tied to the link `index` without a qdisc (tcx, 6.6). Raises OSError."""
    count = 0
    for side in (_TCX_INGRESS, _TCX_EGRESS):
        attr = ctypes.create_string_buffer(struct.pack("=IIIIQI", index, side, 0, 0, 0, 0), 128)
        try:
            _bpf(_PROG_QUERY, attr)
        except OSError as error:
            if error.errno not in _WITHOUT_TCX:
                raise
        count += struct.unpack_from("=I", attr, 24)[0]
    return count


def _bpf(command: int, attr: ctypes.Array[ctypes.c_char]) -> int:
    call = _CALL.get(os.uname().machine)
    if call is None:
        raise OSError(errno.ENOSYS, f"no bpf(2) known for {os.uname().machine}")
    result = int(_libc.syscall(call, command, attr, len(attr)))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf(2)")
    return result
