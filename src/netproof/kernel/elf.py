"""What an executable or a library says of the stack it needs (elf(5), PT_GNU_STACK)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

_PT_GNU_STACK: Final = 0x6474E551
_PF_X: Final = 1
_START: Final = 64


def executable_stack_flag(path: Path) -> int | None:
    """Return the offset of the byte by which a file asks for an executable stack; None if it does not ask.

    Raises OSError if it cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(_START)
        if len(header) < _START or header[:4] != b"\x7fELF":
            return None
        wide, order = header[4] == 2, "<" if header[5] == 1 else ">"
        at, size, count = _table(header, wide=wide, order=order)
        file.seek(at)
        table = file.read(size * count)
    for start in range(0, len(table) - size + 1, size):
        kind = struct.unpack_from(f"{order}I", table, start)[0]
        flags = start + (4 if wide else 24)
        if kind == _PT_GNU_STACK and struct.unpack_from(f"{order}I", table, flags)[0] & _PF_X:
            return int(at + flags + (0 if order == "<" else 3))
    return None


def _table(header: bytes, *, wide: bool, order: str) -> tuple[int, int, int]:
    """Return where the program headers are, how long each is, and how many there are."""
    at = struct.unpack_from(f"{order}Q", header, 32)[0] if wide else struct.unpack_from(f"{order}I", header, 28)[0]
    size, count = struct.unpack_from(f"{order}HH", header, 54 if wide else 42)
    return at, max(size, 32), count
