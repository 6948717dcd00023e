"""Three namespaces and a bridge, made by hand; frames go in at the guest and are known again where they come out.

::

    guest g1 ────── p1 ┐
                       ├ b0   (host)
    victim v1 ───── p2 ┘

Frames to link-local groups belong to the host's port: there a socket bound to one protocol listens.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from guard.frames import ADDRESSES, ANY, FRAMES, OTHER, OWN, Frame
from netproof.attachments.attachment import PortContext
from netproof.attachments.guarding import guard_chains
from netproof.kernel.netns import entered
from netproof.site.endpoints import GUARD_ITEMS
from netproof.state.filters import NftChain
from netproof.values.address import Interface
from shell import run

ALL = frozenset(GUARD_ITEMS)
PROTOCOLS_AT_PORT = (0x0800, 0x88CC)


def context(guard: Iterable[str], addresses: tuple[Interface, ...] = ADDRESSES) -> PortContext:
    """Return the guest as its attachment sees it."""
    return PortContext("try", "vm1", "p1", "02:00:00:00:00:f1", "b0", "guest", OWN, addresses, 1500, frozenset(guard))


def chains_of(guard: Iterable[str], addresses: tuple[Interface, ...] = ADDRESSES) -> list[NftChain]:
    """Return the chains that hold `guard` at port p1."""
    return list(guard_chains(context(guard, addresses)))


def expected(guard: Iterable[str]) -> list[str]:
    """Name the frames that `guard` should let through."""
    on = {ANY, *guard} if set(guard) else set()
    return sorted(f.name for f in FRAMES if not f.items & on)


class Scene:
    """The three namespaces, with sockets in them."""

    def __init__(self, make_netns: Callable[[str], str]) -> None:
        self.host, self.guest, self.victim = make_netns("host"), make_netns("guest"), make_netns("victim")
        for netns in (self.host, self.guest, self.victim):
            self.sysctl(netns, "net/ipv6/conf/default/disable_ipv6", "1")
        # With it the host would look into bridged frames, drop malformed ones and cut off what follows a packet.
        for name in ("iptables", "ip6tables", "arptables"):
            self.sysctl(self.host, f"net/bridge/bridge-nf-call-{name}", "0")
        for index, netns, peer, port, mac in (
            (101, self.guest, "g1", "p1", OWN),
            (102, self.victim, "v1", "p2", OTHER),
        ):
            # With one index at both ends the kernel takes up to a second to see the carrier (net/core/link_watch.c).
            host_end = ("link", "add", port, "index", str(index), "type", "veth")
            run("ip", "-n", self.host, *host_end, "peer", "name", peer, "address", mac, "netns", netns)
            run("ip", "-n", netns, "link", "set", peer, "up")
        run("ip", "-n", self.host, "link", "add", "b0", "type", "bridge", "mcast_snooping", "0")
        for port in ("p1", "p2"):
            run("ip", "-n", self.host, "link", "set", port, "master", "b0", "up")
        run("ip", "-n", self.host, "link", "set", "b0", "up")
        assert settled(self._forwarding)
        self._sender = self._socket(self.guest, "g1", 0)
        self._receivers = [
            self._socket(self.victim, "v1", 3),
            *(self._socket(self.host, "p1", p) for p in PROTOCOLS_AT_PORT),
        ]

    def _forwarding(self) -> bool:
        return run("bridge", "-n", self.host, "link").count("state forwarding") == 2

    def close(self) -> None:
        """Close the sockets; the namespaces are the fixture's."""
        for one in (self._sender, *self._receivers):
            one.close()

    def sysctl(self, netns: str, name: str, value: str) -> None:
        """Write a sysctl in a namespace."""
        with entered(netns):
            Path("/proc/sys", name).write_text(value)

    def nft(self, *commands: str) -> str:
        """Run nft on the host."""
        return run("ip", "netns", "exec", self.host, "nft", "-s", "; ".join(commands))

    def load(self, *chains: NftChain) -> None:
        """Put `chains` in the place of all rules on the host."""
        self.nft("flush ruleset", *(command for chain in chains for command in nft_text(chain)))

    def passed(self, frames: Iterable[Frame] = FRAMES) -> list[str]:
        """Send `frames` and name those that came out.

        The last is an honest frame: whatever is not there a while after that came out was stopped.
        """
        frames = (*frames, FRAMES[0])
        found: set[bytes] = set()
        for frame in frames:
            self._sender.send(frame.data)
            found |= self._received(0)
        assert settled(lambda: bool(found.update(self._received(0.01)) or number(FRAMES[0]) in found))
        while more := self._received(0.03):
            found |= more
        return sorted({frame.name for frame in frames if number(frame) in found})

    def send_from_victim(self, frame: Frame) -> None:
        """Send a frame from the other side."""
        self._receivers[0].send(frame.data)

    def stopped(self, frames: Iterable[Frame]) -> bool:
        """Send `frames` and say whether none came out, where not even an honest one is to tell when to stop."""
        sent = set()
        for frame in frames:
            self._sender.send(frame.data)
            sent.add(number(frame))
        until = time.monotonic() + 0.3
        while (rest := until - time.monotonic()) > 0:
            if not sent.isdisjoint(self._received(rest)):
                return False
        return True

    def _received(self, timeout: float) -> set[bytes]:
        ready, _, _ = select.select(self._receivers, [], [], timeout)
        return {one.recv(4096)[-8:] for one in ready}

    def _socket(self, netns: str, ifname: str, protocol: int) -> socket.socket:
        with entered(netns):
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        made.bind((ifname, protocol))
        return made


def number(frame: Frame) -> bytes:
    """Return the end of a frame, by which it is known."""
    return frame.data[-8:]


def nft_text(chain: NftChain) -> list[str]:
    """Return the nft commands that make `chain`."""
    where = f"{chain.family} {chain.table}"
    return [
        f"add table {where}",
        f"add chain {where} {chain.name}" + f" {{ {chain.hook} }}" * bool(chain.hook),
        *(f"add rule {where} {chain.name} {rule}" for rule in chain.rules),
    ]


def settled(ready: Callable[[], bool], within: float = 2.0) -> bool:
    """Wait until `ready`, and say whether it was in time."""
    until = time.monotonic() + within
    while not ready():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True
