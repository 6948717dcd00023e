"""Thousands of MACs from one guest (``macof``): a bridge of Linux has room for all, and forgets nobody for them.

::

    guest ── p1 ┐
    one ──── p2 ├ b0
    other ── p3 ┘

Switches with a full table flood what they then cannot learn. A bridge has no limit, unless somebody sets one
(``fdb_max_learned``, since 6.8): what is between two others comes out at no third. A locked port learns none of them.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from netproof.kernel.netns import entered
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge")

MANY = 5000
MACS = {"guest": "02:00:00:00:00:01", "one": "02:00:00:00:00:02", "other": "02:00:00:00:00:03"}
EXPERIMENTAL = 0x88B5


class Switch:
    """A bridge in a namespace, with three guests, each with a socket."""

    def __init__(self, make_netns: Callable[[str], str], stack: ExitStack) -> None:
        self.host = make_netns("switch")
        run("ip", "-n", self.host, "link", "add", "b0", "up", "type", "bridge", "mcast_snooping", "0")
        self.sockets: dict[str, socket.socket] = {}
        for at, (name, mac) in enumerate(MACS.items(), 1):
            guest, peer = make_netns(name), ("peer", "name", "eth0", "address", mac)
            run("ip", "-n", self.host, "link", "add", f"p{at}", "type", "veth", *peer, "netns", guest)
            run("ip", "-n", self.host, "link", "set", f"p{at}", "up", "master", "b0")
            run("ip", "-n", guest, "link", "set", "eth0", "up")
            with entered(guest):
                one = stack.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENTAL)))
            one.bind(("eth0", EXPERIMENTAL))
            one.settimeout(0.5)
            self.sockets[name] = one

    def send(self, sender: str, to: str, source: bytes, said: bytes) -> None:
        """Send a frame from a MAC of the sender's choice."""
        to_mac = bytes.fromhex(to.replace(":", ""))
        self.sockets[sender].send(to_mac + source + EXPERIMENTAL.to_bytes(2) + said.ljust(46, b"\0"))

    def heard(self, at: str) -> set[bytes]:
        """Return all that came in there."""
        found = set()
        while True:
            try:
                found.add(self.sockets[at].recv(2048)[14:].rstrip(b"\0"))
            except TimeoutError:
                return found

    def learned(self) -> int:
        """Return how many MACs the bridge has learned behind the guest's port."""
        told = json.loads(run("bridge", "-n", self.host, "-j", "fdb", "show", "br", "b0", "dynamic"))
        return sum(entry["ifname"] == "p1" for entry in told)

    def flood(self) -> None:
        """Have the guest send from thousands of MACs."""
        for number in range(MANY):
            self.send("guest", MACS["one"], bytes.fromhex(f"0a{number:010x}"), b"flood")


@pytest.fixture
def switch(make_netns: Callable[[str], str]) -> Iterator[Switch]:
    """A bridge that knows where everybody is."""
    with ExitStack() as stack:
        made = Switch(make_netns, stack)
        everybody = "ff:ff:ff:ff:ff:ff"
        for name, mac in MACS.items():
            made.send(name, everybody, bytes.fromhex(mac.replace(":", "")), b"here")
        for name in MACS:
            made.heard(name)
        yield made


def test_bridge_full_of_one_guests_macs_floods_nothing(switch: Switch) -> None:
    """It learns them all, and what two others say to each other is not heard by the guest."""
    switch.flood()
    assert switch.learned() >= MANY
    switch.send("one", MACS["other"], bytes.fromhex(MACS["one"].replace(":", "")), b"secret")
    assert b"secret" in switch.heard("other")
    assert switch.heard("guest") == set()


def test_what_nobody_has_is_flooded(switch: Switch) -> None:
    """Else nothing would be shown by that: a frame for an unknown MAC is heard by the guest."""
    switch.send("one", "02:00:00:00:00:77", bytes.fromhex(MACS["one"].replace(":", "")), b"to nobody")
    assert switch.heard("guest") == {b"to nobody"}


def test_locked_port_learns_no_mac_of_a_flood(switch: Switch) -> None:
    """As endpoints' ports are: what is not in the table by hand is dropped, and never learned."""
    run("bridge", "-n", switch.host, "link", "set", "dev", "p1", "locked", "on", "learning", "off")
    before = switch.learned()
    switch.flood()
    assert switch.learned() <= before
    assert b"flood" not in switch.heard("one")
