"""A hypervisor with two tenants who have the same addresses, and a public network; netproof applies what is tried.

::

    red:  web .11, app .12, db .13 ┐
                                   ├ hv1 ── eth2 ── station .254
    blue: web2 .11, db2 .13        ┘        (uplink of red)

Guests' packets are sent and heard by their own sockets, or as raw frames on their ``eth0``.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from netproof.kernel.netns import entered
from netproof.values.address import link_local_of
from shell import run

NETPROOF = Path(sys.executable).with_name("netproof")
ADDRESS = {"web": 11, "app": 12, "db": 13, "web2": 11, "db2": 13, "station": 254}
V4, V6 = "198.51.100", "2001:db8:51:"
WITHIN, LOST_AFTER = 1.0, 0.25
SITE = """
netproof: 1
site: {site}
networks:
  public: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"]}}
hosts:
  hv1: {{nics: {{eth2: {{network: public}}}}}}
stations:
  station: {{network: public, addresses: [198.51.100.254/24, "2001:db8:51::fe/64"]}}
segments:
  red: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"], uplinks: [hv1.eth2]}}
  blue: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"]}}
endpoints:
"""


def v4(name: str) -> str:
    """Return the IPv4 address of somebody."""
    return f"{V4}.{ADDRESS[name]}"


def v6(name: str) -> str:
    """Return the IPv6 address of somebody."""
    return f"{V6}:{ADDRESS[name]:x}"


@dataclass
class Scene:
    """The hypervisor, its guests by name, and the site's file."""

    hv: str
    site: str
    file: Path
    guests: dict[str, str]
    open_: list[socket.socket] = field(default_factory=list)

    def apply(self, *policy: str, vlan: str = "on") -> None:
        """Give the site this policy, and apply it."""
        text = SITE.format(site=self.site)
        for name in ("web", "app", "db", "web2", "db2"):
            segment = "blue" if name.endswith("2") else "red"
            addresses = f'[{v4(name)}/24, "{v6(name)}/64"]'
            more = f"guard: {{vlan: {vlan}}}, netns: {self.guests[name]}"
            text += f"  {name}: {{host: hv1, segment: {segment}, addresses: {addresses}, {more}}}\n"
        lines = "".join(f"  - {{{line}}}\n" for line in policy)
        self.apply_text(text + (f"policy:\n{lines}" if policy else ""))

    def apply_text(self, text: str) -> None:
        """Apply a site as it is written."""
        self.file.write_text(text)
        done = subprocess.run(
            [NETPROOF, "apply", self.file, "--host", "hv1", "--netns", self.hv],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def mac(self, name: str) -> str:
        """Return the MAC of somebody."""
        [link] = json.loads(run("ip", "-n", self.guests[name], "-j", "link", "show", "eth0"))
        return str(link["address"])

    def ip(self, name: str, *argv: str) -> str:
        """Run ip as somebody."""
        return run("ip", "-n", self.guests[name], *argv)

    def link_local(self, name: str) -> str:
        """Return somebody's link-local address."""
        return str(link_local_of(self.mac(name)))

    def nft(self, *commands: str) -> str:
        """Run nft on the hypervisor."""
        return run("ip", "netns", "exec", self.hv, "nft", "-s", "-p", "; ".join(commands))

    def speaker(self, name: str, *how: int) -> socket.socket:
        """Open a socket as somebody."""
        with entered(self.guests[name]):
            made = socket.socket(*how)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.settimeout(WITHIN)
        self.open_.append(made)
        return made

    def udp(self, name: str, port: int, address: str = "") -> socket.socket:
        """Open a UDP socket at somebody's address, IPv4 where none is given."""
        own = address or v4(name)
        made = self.speaker(name, socket.AF_INET6 if ":" in own else socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((own, port))
        return made

    def wire(self, name: str) -> socket.socket:
        """Open a socket that sends and hears raw frames at somebody's eth0."""
        with entered(self.guests[name]):
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.bind(("eth0", 3))
        self.open_.append(made)
        return made

    def connects(self, source: str, target: str, port: int, address: str = "") -> bool:
        """Say whether a TCP connection comes about and the target's answer is read."""
        to = address or v4(target)
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        listener, caller = (
            self.speaker(target, family, socket.SOCK_STREAM),
            self.speaker(source, family, socket.SOCK_STREAM),
        )
        listener.bind((to, port))
        listener.listen()
        caller.settimeout(LOST_AFTER)
        try:
            caller.connect((to, port))
            answerer, _ = listener.accept()
            answerer.send(b"yes")
            return caller.recv(3) == b"yes"
        except TimeoutError:
            return False
        finally:
            caller.close()
            listener.close()

    def passes(self, source: socket.socket, target: socket.socket, size: int = 8) -> bool:
        """Say whether a datagram from one socket comes to the other."""
        said = os.urandom(8).ljust(size, b".")
        source.sendto(said, target.getsockname()[:2])
        end = time.monotonic() + LOST_AFTER
        while (left := end - time.monotonic()) > 0 and select.select([target], [], [], left)[0]:
            if target.recv(65536) == said:
                return True
        return False

    def pings(self, source: str, address: str) -> bool:
        """Say whether an echo is answered."""
        argv = ("ip", "netns", "exec", self.guests[source], "ping", "-c1", "-i0.2", "-w1", address)
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def eventually(predicate: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until `predicate` holds; fail if it never does."""
    end = time.monotonic() + within
    while not predicate():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)


def heard(where: socket.socket, token: bytes, within: float = LOST_AFTER) -> bool:
    """Say whether a frame that ends in `token` comes out of `where`."""
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0 and select.select([where], [], [], left)[0]:
        if where.recv(65536).endswith(token):
            return True
    return False


def ip4(source: str, target: str, protocol: int, payload: bytes, *, fragment: int = 0, ident: int = 7) -> bytes:
    """Return an IPv4 packet; `fragment` is the field of flags and offset."""
    head = b"\x45\x00" + (20 + len(payload)).to_bytes(2, "big") + ident.to_bytes(2, "big") + fragment.to_bytes(2, "big")
    head += bytes((64, protocol, 0, 0)) + ip_address(source).packed + ip_address(target).packed
    return head[:10] + checksum(head) + head[12:] + payload


def checksum(data: bytes) -> bytes:
    """Return the Internet checksum of `data` (RFC 1071)."""
    total = sum(int.from_bytes(data[i : i + 2].ljust(2, b"\0"), "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2, "big")


def datagram(source: int, target: int, payload: bytes) -> bytes:
    """Return a UDP datagram without a checksum."""
    words = (source, target, 8 + len(payload), 0)
    return b"".join(word.to_bytes(2, "big") for word in words) + payload


def frame(source: str, target: str, packet: bytes, kind: int = 0x0800) -> bytes:
    """Return an Ethernet frame between two MACs."""
    return bytes.fromhex((target + source).replace(":", "")) + kind.to_bytes(2, "big") + packet


@contextmanager
def scene(make_netns: Callable[[str], str], folder: Path, site: str) -> Iterator[Scene]:
    """Make the hypervisor and its guests' namespaces."""
    hv, station = make_netns("hv"), make_netns("station")
    for name in ("iptables", "ip6tables", "arptables"):
        run("ip", "netns", "exec", hv, "sysctl", "-qw", f"net.bridge.bridge-nf-call-{name}=0")
    run("ip", "-n", hv, "link", "add", "eth2", "index", "900", "type", "veth", "peer", "name", "eth0", "netns", station)
    for netns, nic in ((station, "eth0"), (hv, "eth2")):
        run("ip", "-n", netns, "link", "set", nic, "up")
    run("ip", "-n", station, "address", "add", f"{v4('station')}/24", "dev", "eth0")
    run("ip", "-n", station, "address", "add", f"{v6('station')}/64", "dev", "eth0", "nodad")
    guests = {name: make_netns(name) for name in ("web", "app", "db", "web2", "db2")}
    made = Scene(hv, site, folder / "site.yaml", {**guests, "station": station})
    yield made
    for one in made.open_:
        one.close()
    for kind in ("lab", "twin"):
        shutil.rmtree(f"/run/netproof/{kind}/{site}", ignore_errors=True)
    shutil.rmtree(Path("/var/lib/netproof") / site, ignore_errors=True)
