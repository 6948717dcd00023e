"""A ProxyCommand of ssh that takes its time: what goes either way arrives `SECONDS` later, as from far away.

ProxyCommand python lagging.py SECONDS HOST PORT
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time
from collections import deque


def relay(lag: float, ways: dict[int, int]) -> None:
    """Carry what can be read at each descriptor to the other one, `lag` seconds later, until either end is closed."""
    under_way: deque[tuple[float, int, bytes]] = deque()
    with selectors.DefaultSelector() as selector:
        for reader in ways:
            selector.register(reader, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(max(0.0, under_way[0][0] - time.monotonic()) if under_way else None):
                under_way.append((time.monotonic() + lag, ways[key.fd], os.read(key.fd, 1 << 16)))
            while under_way and under_way[0][0] <= time.monotonic():
                _, writer, chunk = under_way.popleft()
                if not chunk:
                    return
                os.write(writer, chunk)


if __name__ == "__main__":
    with socket.create_connection((sys.argv[2], int(sys.argv[3]))) as far:
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        relay(float(sys.argv[1]), {0: far.fileno(), far.fileno(): 1})
