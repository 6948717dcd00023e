"""The netlink codec: attributes and messages as bytes, both directions (linux/netlink.h).

::

    message    u32 length | u16 type | u16 flags | u32 seq | u32 port | body
    body       a fixed header of its family, then attributes
    attribute  u16 length | u16 type | payload | padding to four bytes

All numbers are in the machine's order. What a body means is known to the file of its kind of object, nobody else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

NLM_F_REQUEST: Final = 0x1
NLM_F_ACK: Final = 0x4
NLM_F_DUMP_INTR: Final = 0x10
NLM_F_REPLACE: Final = 0x100
NLM_F_EXCL: Final = 0x200
NLM_F_CREATE: Final = 0x400
NLM_F_APPEND: Final = 0x800
NLM_F_DUMP: Final = 0x300
NLM_F_CAPPED: Final = 0x100
NLM_F_ACK_TLVS: Final = 0x200

NEW: Final = NLM_F_CREATE | NLM_F_EXCL
"""Flags of a request that makes something which must not exist yet."""

NLMSG_ERROR: Final = 2
NLMSG_DONE: Final = 3

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_U16, _U32, _S32 = struct.Struct("=H"), struct.Struct("=I"), struct.Struct("=i")
_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER
_NESTED = 0x8000


@dataclass(frozen=True, slots=True)
class Request:
    """One message to send: its type, its flags beside REQUEST and ACK, and its body."""

    kind: int
    body: bytes
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message received."""

    kind: int
    flags: int
    seq: int
    body: bytes


def message(request: Request, seq: int, more_flags: int) -> bytes:
    """Return `request` as the kernel wants it. Bodies are made of whole attributes, so no padding is needed."""
    flags = NLM_F_REQUEST | request.flags | more_flags
    return _HEADER.pack(_HEADER.size + len(request.body), request.kind, flags, seq, 0) + request.body


def messages(datagram: bytes) -> Iterator[Message]:
    """Yield the messages of a datagram. Raises ValueError if a length lies."""
    at = 0
    while at < len(datagram):
        if at + _HEADER.size > len(datagram):
            raise ValueError("a netlink datagram ends within a header")
        length, kind, flags, seq, _ = _HEADER.unpack_from(datagram, at)
        if length < _HEADER.size or at + length > len(datagram):
            raise ValueError("a netlink message is longer than its datagram")
        yield Message(kind, flags, seq, datagram[at + _HEADER.size : at + length])
        at += (length + 3) & ~3


def alone(datagram: bytes) -> tuple[int, int, bytes]:
    """Return kind, seq and body of the one message of a datagram; each answer to a question comes in one of its own."""
    _, kind, _, seq, _ = _HEADER.unpack_from(datagram)
    return kind, seq, datagram[_HEADER.size :]


def attribute(kind: int, payload: bytes) -> bytes:
    """Return one attribute, padded."""
    return _ATTRIBUTE.pack(4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """Return an attribute that holds attributes."""
    return attribute(kind | _NESTED, b"".join(attributes))


def u8(kind: int, value: int) -> bytes:
    """Return an attribute of one byte."""
    return attribute(kind, bytes((value,)))


def u16(kind: int, value: int) -> bytes:
    """Return an attribute of two bytes."""
    return attribute(kind, _U16.pack(value))


def u32(kind: int, value: int) -> bytes:
    """Return an attribute of four bytes."""
    return attribute(kind, _U32.pack(value))


def text(kind: int, value: str) -> bytes:
    """Return an attribute that is a string, ended by a zero byte. A name that is not UTF-8 is what `get_text` read."""
    return attribute(kind, value.encode(errors="surrogateescape") + b"\0")


def each_attribute(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and payload of each attribute, for what may hold several of one type. Stops at a lying length."""
    while len(data) >= 4:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < 4 or length > len(data):
            break
        yield kind & _TYPE_MASK, data[4:length]
        data = data[(length + 3) & ~3 :]


def attributes(data: bytes, start: int = 0) -> dict[int, bytes]:
    """Return the attributes of `data` from `start` on, by type, the last of each. Stops at a lying length."""
    found = {}
    end = len(data)
    while start + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, start)
        if length < 4 or start + length > end:
            break
        found[kind & _TYPE_MASK] = data[start + 4 : start + length]
        start += (length + 3) & ~3
    return found


def get_u32(payload: bytes) -> int:
    """Read four bytes."""
    return int(_U32.unpack_from(payload)[0])


def get_s32(payload: bytes) -> int:
    """Read four bytes that may be negative."""
    return int(_S32.unpack_from(payload)[0])


def get_u16(payload: bytes) -> int:
    """Read two bytes."""
    return int(_U16.unpack_from(payload)[0])


def get_text(payload: bytes) -> str:
    """Read a string that ends with a zero byte. A name that is not UTF-8 keeps its bytes as surrogates."""
    return payload.split(b"\0", 1)[0].decode(errors="surrogateescape")


def get_mac(payload: bytes) -> str:
    """Read a MAC."""
    return payload.hex(":")


def mac_bytes(mac: str) -> bytes:
    """Return the six bytes of a MAC."""
    return bytes.fromhex(mac.replace(":", ""))
