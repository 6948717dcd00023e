"""Many datagrams taken by one system call: recvmmsg(2), which Python does not offer, by ctypes.

::

    headers    flags | length | vector ─┐   of each datagram
    vectors                             └─▶ address | size   of its slot
    room       slot 0 | slot 1 | slot 2 | …

Each answer to a question comes in a datagram of its own; taken one by one, they cost several times what the kernel does
for them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Iterable
from functools import cache
from struct import Struct
from typing import Final

from netproof.kernel.netlink import alone

_SLOT: Final = 512
_WAIT_FOR_ONE: Final = 0x10000
_TRUNCATED: Final = int(socket.MSG_TRUNC)


class _Vector(ctypes.Structure):
    _fields_ = (("address", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Message(ctypes.Structure):  # struct msghdr
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("vector", ctypes.c_void_p),
        ("vectors", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Header(ctypes.Structure):  # struct mmsghdr
    _fields_ = (("message", _Message), ("length", ctypes.c_uint))


_FLAGS_AT, _LENGTH_AT = _Message.flags.offset, _Header.length.offset
_TOLD = Struct(f"={_FLAGS_AT}xi{_LENGTH_AT - _FLAGS_AT - 4}xI{ctypes.sizeof(_Header) - _LENGTH_AT - 4}x")


class Slots:
    """Room for so many netlink messages, each the only one of its datagram."""

    def __init__(self, count: int) -> None:
        self._room = bytearray(count * _SLOT)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._room))
        self._vectors = (_Vector * count)(*[_Vector(base + i * _SLOT, _SLOT) for i in range(count)])
        first, size = ctypes.addressof(self._vectors), ctypes.sizeof(_Vector)
        self._headers = (_Header * count)(*[_Header(_Message(None, 0, first + i * size, 1)) for i in range(count)])

    def take(self, sock: socket.socket, most: int) -> Iterable[tuple[int, int, bytes]]:
        """Return kind, seq and body of at least one message and at most so many; the first is waited for.

        Raises OSError as recvmsg(2) does, EMSGSIZE for a message larger than a slot.
        """
        taken = self._receive(sock, most)
        told = list(_TOLD.iter_unpack(bytes(self._headers)[: taken * _TOLD.size]))
        if any(flags & _TRUNCATED for flags, _ in told):
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
        lengths = [length for _, length in told]
        data = bytes(memoryview(self._room)[: taken * _SLOT])
        if len(set(lengths)) == 1:
            return _same_size(lengths[0]).iter_unpack(data)
        return [alone(data[at * _SLOT : at * _SLOT + length]) for at, length in enumerate(lengths)]

    def _receive(self, sock: socket.socket, most: int) -> int:
        while True:
            taken = int(_library().recvmmsg(sock.fileno(), self._headers, most, _WAIT_FOR_ONE, None))
            if taken >= 0:
                return taken
            number = ctypes.get_errno()
            if number != errno.EINTR:
                raise OSError(number, os.strerror(number))


@cache
def _same_size(length: int) -> Struct:
    """Return how a slot is read that holds a message of this length."""
    return Struct(f"=4xH2xI4x{length - 16}s{_SLOT - length}x")


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
