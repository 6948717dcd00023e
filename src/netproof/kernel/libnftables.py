"""libnftables (libnftables(3)) by ctypes: one text of commands is one transaction."""

from __future__ import annotations

import ctypes
import os
import re
import threading
from collections.abc import Iterator
from functools import cache
from typing import Final

from netproof.errors import CannotError

_STATELESS: Final = 1 << 2
_JSON: Final = 1 << 4
_NUMERIC_PROTOCOLS: Final = 1 << 7
_PLACE = re.compile(r"^/proc/self/fd/\d+:(\d+):\d+(?:-\d+)?: (?:Error: )?(.*)$", re.MULTILINE)
_lock = threading.Lock()  # the library caches the names of links for the whole process


class NftRefusedError(Exception):
    """nft refuses a text; `line` counts from 1 and is 0 where it does not say."""

    def __init__(self, line: int, words: str) -> None:
        self.line, self.words = line, words
        super().__init__(words)


def run(commands: str, *, as_json: bool = False) -> str:
    """Run commands in the calling thread's namespace and return what they print, `as_json` or not: counters
    left out, protocols as numbers, for their names depend on whether the machine has an /etc/protocols.

    Raises NftRefusedError, and then nothing was done; CannotError if the library is missing.
    """
    library = _library()
    fd = os.memfd_create("nft", os.MFD_CLOEXEC)  # from a file, for from a buffer errors bear no line numbers
    with _lock, os.fdopen(fd, "wb", buffering=0) as file:
        file.write(commands.encode())
        context = library.nft_ctx_new(0)
        try:
            library.nft_ctx_buffer_output(context)
            library.nft_ctx_buffer_error(context)
            library.nft_ctx_output_set_flags(context, _STATELESS | _NUMERIC_PROTOCOLS | (_JSON if as_json else 0))
            if library.nft_run_cmd_from_filename(context, f"/proc/self/fd/{fd}".encode()):
                raise _refusal(library.nft_ctx_get_error_buffer(context).decode(errors="replace"))
            return str(library.nft_ctx_get_output_buffer(context).decode())
        finally:
            library.nft_ctx_free(context)


def base_chains() -> Iterator[tuple[str, str, str, str]]:
    """Yield family, table and name of every base chain, and its ``type … hook … priority …``. Raises as `run` does."""
    family = table = chain = ""
    for line in run("list chains").splitlines():
        word = line.split()
        if line.startswith("table "):
            _, family, table, *_ = word
        elif line.startswith("\tchain "):
            chain = word[1]
        elif word[:1] == ["type"]:
            yield family, table, chain, line.strip()


def is_installed() -> bool:
    """Say whether the library can be loaded."""
    try:
        _library()
    except CannotError:
        return False
    return True


def _refusal(said: str) -> NftRefusedError:
    first = _PLACE.search(said)
    if first is None:
        return NftRefusedError(0, said.strip())
    return NftRefusedError(int(first[1]), first[2].removeprefix("Could not process rule: "))


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libnftables.so.1")
    except OSError as error:
        raise CannotError("libnftables is not installed: install nftables (apt install nftables)") from error
    library.nft_ctx_new.restype = ctypes.c_void_p
    library.nft_ctx_new.argtypes = [ctypes.c_uint32]
    for name in ("nft_ctx_free", "nft_ctx_buffer_output", "nft_ctx_buffer_error"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
        getattr(library, name).restype = ctypes.c_char_p
    library.nft_ctx_output_set_flags.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    library.nft_run_cmd_from_filename.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    return library
