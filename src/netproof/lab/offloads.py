"""Offloads of links, as ethtool(8) ``-k`` tells and ``-K`` sets them: features by name, in one ioctl a link.

The ioctls and their structures are those of linux/ethtool.h. Which bit a feature has differs between kernels, not
between links.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from functools import cache
from itertools import chain
from types import TracebackType
from typing import Final, Self

from netproof.errors import KernelError

_SIOCETHTOOL: Final = 0x8946
_GSTRINGS, _GSSET_INFO, _GFEATURES, _SFEATURES = 0x1B, 0x37, 0x3A, 0x3B
_FEATURES: Final = 4  # ETH_SS_FEATURES
_NAME: Final = 32  # bytes of a feature's name
_BLOCK: Final = 32  # features in a block


class Offloads:
    """The offloads of links in the network namespace that the calling thread is in when this is opened."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def turn_off(self, ifname: str) -> None:
        """Turn every offload of `ifname` off that can be. Raises KernelError."""
        features = _features()
        blocks = [[0, 0] for _ in range(-(-len(features) // _BLOCK))]  # which are meant; which of them are to be on
        for bit, name in enumerate(features):
            blocks[bit // _BLOCK][0] |= _is_offload(name) << bit % _BLOCK
        _ask(self._socket, ifname, _SFEATURES, len(blocks), *chain.from_iterable(blocks))

    def that_are_on(self, ifname: str) -> tuple[str, ...]:
        """Name the offloads of `ifname` that are on, in the kernel's words. Raises KernelError."""
        features = _features()
        blocks = -(-len(features) // _BLOCK)
        told = _ask(self._socket, ifname, _GFEATURES, blocks, *[0] * (4 * blocks))[2:]
        active = told[2::4]  # of what can be changed, what is asked for, what is on, and what never changes
        on = (active[bit // _BLOCK] >> bit % _BLOCK & 1 for bit in range(len(features)))
        return tuple(name for name, is_on in zip(features, on, strict=True) if is_on and _is_offload(name))


@cache
def _features() -> tuple[str, ...]:
    """Name every feature that this kernel knows, by its bit; any link will do to ask."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        count = _ask(sock, "lo", _GSSET_INFO, 0, 1 << _FEATURES, 0, 0)[4]
        names = _ask(sock, "lo", _GSTRINGS, _FEATURES, count, *[0] * (count * _NAME // 4))[3:].tobytes()
    each = (names[at : at + _NAME] for at in range(0, len(names), _NAME))
    return tuple(name.split(b"\0", 1)[0].decode() for name in each)


def _is_offload(name: str) -> bool:
    # scatter-gather, which segmentation needs, stays: by itself it changes no packet
    return name in ("rx-checksum", "rx-gro", "tx-gso-list") or name.startswith("tx-checksum-") or "segmentation" in name


def _ask(sock: socket.socket, ifname: str, *words: int) -> array.array[int]:
    """Return `words` as the kernel leaves them, a ``struct ifreq`` pointing to them."""
    answer = array.array("I", words)
    request = struct.pack("16sP16x", ifname.encode(), answer.buffer_info()[0])
    try:
        fcntl.ioctl(sock, _SIOCETHTOOL, request)
    except OSError as error:
        raise KernelError(f"offloads of {ifname}", error.errno or 0) from error
    return answer
