"""Whether somebody bears an address is asked on a wire on which anybody may say anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import pytest

from netproof.kernel.netns import entered
from netproof.kernel.vantage import NamespaceVantage
from netproof.proof.ears import packet_socket
from netproof.proof.taken import taken
from netproof.values.address import Address
from shell import run

pytestmark = pytest.mark.needs("netns", "ip")


@dataclass
class Wire:
    """Two namespaces, each with its eth0."""

    here: str
    there: str

    def taken(self, *addresses: str) -> Address | None:
        """Ask from one end."""
        return taken("eth0", [(NamespaceVantage("here", self.here), map(ip_address, addresses))])

    @contextmanager
    def babbling(self, frame: bytes) -> Iterator[None]:
        """Have somebody say the same again and again."""
        with entered(self.there):
            sock = packet_socket("eth0")
        enough = threading.Event()

        def babble() -> None:
            while not enough.wait(0.01):
                sock.send(frame)

        babbler = threading.Thread(target=babble)
        babbler.start()
        try:
            yield
        finally:
            enough.set()
            babbler.join()
            sock.close()


@pytest.fixture
def wire(make_netns: Callable[[str], str]) -> Wire:
    """Nobody has an address yet."""
    made = Wire(make_netns("here"), make_netns("there"))
    run("ip", "-n", made.here, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", made.there)
    for name in (made.here, made.there):
        run("ip", "-n", name, "link", "set", "eth0", "up")
    return made


@pytest.mark.parametrize("length", [14, 20, 21, 54, 55, 62], ids=str)
@pytest.mark.parametrize("protocol", ["86dd", "0806"])
def test_frame_that_ends_too_soon_is_nobodys_answer(wire: Wire, protocol: str, length: int) -> None:
    """An IPv6 header that promises ICMPv6 and holds nothing, and the like of it, stops nobody who asks."""
    head = bytes.fromhex(f"ffffffffffff020000000001{protocol}60000000ffff3aff")
    with wire.babbling((head + bytes(32) + b"\x88" + bytes(64))[:length]):
        assert wire.taken("2001:db8::7") is None


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_address_that_somebody_bears_is_taken(wire: Wire, address: str) -> None:
    """And one that nobody bears is not."""
    run("ip", "-n", wire.there, "address", "add", address, "dev", "eth0", *(("nodad",) if ":" in address else ()))
    assert wire.taken("192.0.2.8", address, "2001:db8::8") == ip_address(address)
    assert wire.taken("192.0.2.8", "2001:db8::8") is None


def test_question_that_is_lost_is_asked_again(wire: Wire) -> None:
    """Who is not there yet when the first is asked hears the second or the third."""
    run("ip", "-n", wire.there, "address", "add", "192.0.2.7", "dev", "eth0")
    run("ip", "-n", wire.there, "link", "set", "eth0", "arp", "off")
    later = threading.Timer(0.4, run, ("ip", "-n", wire.there, "link", "set", "eth0", "arp", "on"))
    later.start()
    assert wire.taken("192.0.2.7") == ip_address("192.0.2.7")
    later.join()


def test_several_ask_at_once(wire: Wire) -> None:
    """Each for what it would bear; what one of them asks is no answer to another."""
    run("ip", "-n", wire.there, "address", "add", "192.0.2.7", "dev", "eth0")
    here, there = (NamespaceVantage(name, name) for name in (wire.here, wire.there))
    seven, eight = ip_address("192.0.2.7"), ip_address("192.0.2.8")
    assert taken("eth0", [(there, [eight]), (here, [seven])]) == seven
    assert taken("eth0", [(there, [eight]), (here, [eight])]) is None
