"""Offloads of links, as ethtool(8) ``-k`` tells and ``-K`` sets them; the ioctls are those of linux/ethtool.h."""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from types import TracebackType
from typing import Self

from netproof.errors import KernelError

_SIOCETHTOOL = 0x8946
# name: (get, set); the kernel takes TSO and GSO away with scatter-gather, but that is asked for, not relied upon
_OFFLOADS = {
    "rx": (0x14, 0x15),
    "tx": (0x16, 0x17),
    "tso": (0x1E, 0x1F),
    "gso": (0x23, 0x24),
    "gro": (0x2B, 0x2C),
}


class Offloads:
    """The offloads of links in the network namespace that the calling thread is in when this is opened."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def turn_off(self, ifname: str) -> None:
        """Turn every offload of `ifname` off. Raises KernelError."""
        for command in _OFFLOADS.values():
            self._ask(ifname, command[1], 0)

    def that_are_on(self, ifname: str) -> tuple[str, ...]:
        """Name the offloads of `ifname` that are on, in ethtool's words. Raises KernelError."""
        return tuple(name for name, command in _OFFLOADS.items() if self._ask(ifname, command[0], 0))

    def _ask(self, ifname: str, command: int, value: int) -> int:
        """One ``struct ethtool_value`` by way of a ``struct ifreq`` that points to it."""
        answer = array.array("I", (command, value))
        request = struct.pack("16sP16x", ifname.encode(), answer.buffer_info()[0])
        try:
            fcntl.ioctl(self._socket, _SIOCETHTOOL, request)
        except OSError as error:
            raise KernelError(f"offloads of {ifname}", error.errno or 0) from error
        return answer[1]
