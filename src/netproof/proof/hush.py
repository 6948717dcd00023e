"""Keeping a stack silent about TCP that the proof answers in its place.

The reset of a stack that knows nothing of a connection ends it in a filter before the answer comes by. What the proof
sends bears a signature (RFC 2385) that nobody expects: Linux drops it without a word, at open and closed ports alike. A
kernel built without TCP signatures reads over it. There a socket listens at that port and lets nothing in: its filter
comes behind all that may track the connection, and before any answer.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from errno import ENOPROTOOPT
from functools import cache

_TCP_MD5SIG = 14
_SO_ATTACH_FILTER = 26
_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)
"""Classic BPF: take 0 bytes."""


@cache
def knows_signatures() -> bool:
    """Tell whether this kernel knows TCP signatures.

    A value too short to be one is wrong (EINVAL) where they are known, and unknown (ENOPROTOOPT) where not.
    """
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG, bytes(4))
        except OSError as error:
            return error.errno != ENOPROTOOPT
    return True


def tcp_port(frame: bytes) -> tuple[socket.AddressFamily, int] | None:
    """Return to which port the TCP segment in a frame goes; None if there is none, or not right behind the header."""
    packet = frame[14:]
    if frame[12:14] == b"\x08\x00" and packet[9] == socket.IPPROTO_TCP:
        return socket.AF_INET, int.from_bytes(packet[22:24])
    if frame[12:14] == b"\x86\xdd" and packet[6] == socket.IPPROTO_TCP:
        return socket.AF_INET6, int.from_bytes(packet[42:44])
    return None


def muted(family: socket.AddressFamily, port: int) -> socket.socket:
    """Return a socket by which the namespace that the caller is in says nothing to what is sent to a TCP port of its.

    Raises OSError if somebody listens there.
    """
    sock = socket.socket(family)
    try:
        program = ctypes.create_string_buffer(_NOTHING)
        sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("", port))
        sock.listen(0)
    except OSError as error:
        sock.close()
        why = f"TCP port {port} is not free there, and this kernel answers (no CONFIG_TCP_MD5SIG): {error.strerror}"
        raise OSError(error.errno, why) from error
    return sock
