"""Many frames taken from a packet socket by one call, recvmmsg(2), which Python does not have: a proof hears a million.

Each comes with where it was going, as `recvfrom` tells it, but without that asking the kernel for a link's name each
time.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading

Frame = tuple[bytes, bool, str]
"""A frame, whether it was just leaving, and no link: who listens at an interface knows which that is."""
_SLOTS, _LONGEST = 32, 1 << 16
_ADDRESS, _KIND_AT, _OUTGOING = 32, 10, 4
"""Room for a struct sockaddr_ll, and where in it stands what kind of frame it is."""


class _Piece(ctypes.Structure):
    """Where to put a frame: struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    """What the kernel is told, and tells, of a frame: struct mmsghdr."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("pieces", ctypes.c_void_p),
        ("piece_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("room", ctypes.c_ubyte * (ctypes.sizeof(ctypes.c_void_p) - ctypes.sizeof(ctypes.c_int))),
        ("length", ctypes.c_uint),
    )


_LENGTHS = struct.Struct(f"={_Message.length.offset}xI{ctypes.sizeof(_Message) - _Message.length.offset - 4}x")


class _Net(threading.local):
    """The room for a haul, one a thread."""

    def __init__(self) -> None:
        # PyDLL: it never waits, so that letting others run meanwhile would cost more than the call.
        self._take = ctypes.PyDLL(None, use_errno=True).recvmmsg
        room, names = ctypes.create_string_buffer(_SLOTS * _LONGEST), ctypes.create_string_buffer(_SLOTS * _ADDRESS)
        at, name_at = ctypes.addressof(room), ctypes.addressof(names)
        self._pieces = (_Piece * _SLOTS)(*(_Piece(at + i * _LONGEST, _LONGEST) for i in range(_SLOTS)))
        piece_at, size = ctypes.addressof(self._pieces), ctypes.sizeof(_Piece)
        self._messages = (_Message * _SLOTS)(
            *(_Message(name_at + i * _ADDRESS, _ADDRESS, piece_at + i * size, 1) for i in range(_SLOTS))
        )
        self._frames, self._told = memoryview(room), memoryview(self._messages).cast("B")
        self._kinds = memoryview(names).cast("B")[_KIND_AT::_ADDRESS]

    def haul(self, descriptor: int, heard: list[Frame]) -> bool:
        """Add what has arrived to `heard`; tell whether there may be more. Raises OSError as recvmmsg does."""
        count = self._take(descriptor, self._messages, _SLOTS, socket.MSG_DONTWAIT, None)
        if count < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        lengths, at = _LENGTHS.iter_unpack(self._told[: count * _LENGTHS.size]), 0
        for (length,), kind in zip(lengths, self._kinds, strict=False):
            heard.append((self._frames[at : at + length].tobytes(), kind == _OUTGOING, ""))
            at += _LONGEST
        return bool(count == _SLOTS)


_net = _Net()


def haul(descriptor: int, heard: list[Frame]) -> None:
    """Add to `heard` all frames that have arrived at a packet socket. Raises OSError; BlockingIOError if none has."""
    while _net.haul(descriptor, heard):
        pass
