"""A lab of 200 endpoints, up and down, against a script that leaves the same state by the usual tools.

The script is as good as such a script gets: one `ip -batch`, `bridge -batch`, `nft -f` and `sysctl` for each namespace
that needs one, never one process for each object. Only offloads, without which a lab lies, cost it one `ethtool` a
link: there is no other tool. It does less all the same: no journal, no reading back, no way to undo what it did; so
it is also timed without offloads, which is then not the same state.
"""

from __future__ import annotations

import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from netproof.compiler.compile import compile_host
from netproof.kernel.capabilities import capabilities
from netproof.lab.blueprint import hardware
from netproof.lab.lab import down, up
from netproof.lab.nodes import netns_of
from netproof.site.furnished import furnished
from netproof.site.load import parse_site
from netproof.site.model import Site
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import NftChain
from netproof.state.layer3 import Address, Route, Sysctl
from netproof.state.links import Bridge, Mac, Mtu, Up, Veth
from netproof.state.namespace import Namespace
from netproof.state.object import KernelObject

GUESTS, ROUNDS = 200, 3
EXAMPLE = Path(__file__).parents[1] / "examples" / "bridge-isolation" / "site.yaml"


def run() -> None:
    """Print the times of both, and the ratio of their medians."""
    site = _site()
    script = Script(site)
    ours: list[float] = []
    theirs: list[float] = []
    less: list[float] = []
    downs: list[float] = []
    try:
        for _ in range(ROUNDS):
            ours.append(_timed(lambda: up(site)))
            downs.append(_timed(lambda: down(site.name)))
            for times, work in ((theirs, script.up), (less, script.up_with_offloads_on)):
                times.append(_timed(work))
                script.down()
                time.sleep(1)  # the kernel takes namespaces away behind our back, and would be measured with the next
    finally:
        down(site.name)
        script.down()
    print(f"lab of {GUESTS} endpoints: up {median(ours):.2f} s, script {median(theirs):.2f} s")
    print(f"  script / lab: {median(theirs) / median(ours):.2f} (wanted: 2)   down: {median(downs):.2f} s")
    print(f"  script that leaves offloads on / lab: {median(less) / median(ours):.2f}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _site() -> Site:
    guests = "".join(
        f"  vm{i}: {{host: hv1, segment: dmz, addresses: [198.51.100.{i + 10}/24, '2001:db8:51::{i + 10}/64'],"
        f" gateway: [198.51.100.254, '2001:db8:51::fe']}}\n"
        for i in range(3, GUESTS + 1)
    )
    text = EXAMPLE.read_text().replace("site: demo", "site: benchlab") + guests
    return furnished(parse_site(text.encode(), "bench"))


Lines = Callable[[KernelObject], Iterator[str]]
"""What a tool is told to make one object, a command a line."""


class Script:
    """The same state by other people's tools, in namespaces of the twin's names."""

    def __init__(self, site: Site) -> None:
        compiled = compile_host(site, "hv1", capabilities(), lambda e: netns_of("twin", site.name, e.name))
        self._home = netns_of("twin", site.name, "hv1")
        things = [*hardware(site, "twin").values(), *compiled.state.values()]
        self._names = sorted({t.netns for t in things if isinstance(t, Namespace)})
        self._text = "set -e\n" + "".join(self._commands(things))
        self._offloads = "".join(self._in_each("ip netns exec {} sh -e", things, _offloads))

    def up(self) -> None:
        """Run it."""
        self._run(self._text + self._offloads)

    def up_with_offloads_on(self) -> None:
        """Run all of it but what turns offloads off."""
        self._run(self._text)

    def _run(self, text: str) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder, "script")
            path.write_text(text)
            subprocess.run(["sh", str(path)], check=True)

    def down(self) -> None:
        """Take away what it made."""
        there = set(subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.split())
        batch = "".join(f"netns del {name}\n" for name in self._names if name in there)
        subprocess.run(["ip", "-batch", "-"], input=batch, text=True, check=True)

    def _commands(self, things: list[KernelObject]) -> Iterator[str]:
        yield _with_input("ip -batch -", (f"netns add {name}" for name in self._names))
        yield from self._in_each("ip netns exec {} sysctl -qp -", things, _early)
        yield from self._in_each("ip -n {} -batch -", things, _links)
        yield from self._in_each("ip netns exec {} sysctl -qp -", things, _late)
        yield from self._in_each("ip -n {} -batch -", things, _ports)
        yield from self._in_each("bridge -n {} -batch -", things, _bridging)
        yield from self._in_each("ip netns exec {} nft -f -", things, _rules)
        yield from self._in_each("ip -n {} -batch -", things, _layer3)

    def _in_each(
        self, command: str, things: list[KernelObject], lines_of: Callable[[KernelObject], Iterator[str]]
    ) -> Iterator[str]:
        lines: dict[str, list[str]] = defaultdict(list)
        for thing in things:
            lines[thing.netns or self._home] += lines_of(thing)
        yield from (_with_input(command.format(netns), found) for netns, found in lines.items() if found)


def _with_input(command: str, lines: Iterable[str]) -> str:
    return f"{command} <<'END'\n" + "\n".join(lines) + "\nEND\n"


def _early(thing: KernelObject) -> Iterator[str]:
    # what a new namespace has anyway would only slow the script down
    if isinstance(thing, Sysctl) and not thing.ifname and ("accept_dad" in thing.name or "ipv4" not in thing.name):
        yield f"{thing.name.replace('/', '.')}={thing.value}"


def _offloads(thing: KernelObject) -> Iterator[str]:
    if isinstance(thing, Mac | Port):  # either end of every wire is one of the two
        yield f"ethtool -K {thing.ifname} rx off tx off tso off gso off gro off >/dev/null"


def _late(thing: KernelObject) -> Iterator[str]:
    if isinstance(thing, Sysctl) and thing.ifname:
        yield f"{thing.name}={thing.value}"


def _links(thing: KernelObject) -> Iterator[str]:
    match thing:
        case Bridge():
            yield f"link add name {thing.ifname} address {thing.mac} type bridge stp_state 0 mcast_snooping 0"
            yield f"link set dev {thing.ifname} alias netproof:bench:{thing.ifname}"
        case Veth():
            peer = f"peer name {thing.peer_ifname} netns {thing.peer_netns}"
            yield f"link add name {thing.ifname} address {thing.mac} type veth {peer}"
            yield f"link set dev {thing.ifname} alias netproof:bench:{thing.ifname}"


def _ports(thing: KernelObject) -> Iterator[str]:
    if isinstance(thing, Port):
        yield f"link set dev {thing.ifname} master {thing.bridge}"


def _bridging(thing: KernelObject) -> Iterator[str]:
    match thing:
        case Port(learning=False) | Port(locked=True):
            flags = f"learning {_on(thing.learning)} locked {_on(thing.locked)}"
            yield f"link set dev {thing.ifname} {flags}"
        case FdbEntry():
            yield f"fdb replace {thing.mac} dev {thing.ifname} master static {'sticky' if thing.sticky else ''}"


def _on(flag: bool) -> str:
    return "on" if flag else "off"


def _rules(thing: KernelObject) -> Iterator[str]:
    if isinstance(thing, NftChain):
        rules = "\n".join(thing.rules)
        yield f"table {thing.family} {thing.table} {{\nchain {thing.name} {{\n{thing.hook}\n{rules}\n}}\n}}"


def _layer3(thing: KernelObject) -> Iterator[str]:
    match thing:
        case Mac():
            yield f"link set dev {thing.ifname} address {thing.mac}"
        case Mtu():
            yield f"link set dev {thing.ifname} mtu {thing.mtu}"
        case Up():
            yield f"link set dev {thing.ifname} up"
        case Address():
            yield f"address add {thing.address} dev {thing.ifname}" + " nodad" * (":" in thing.address)
        case Route():
            yield f"route add {thing.destination} via {thing.via} dev {thing.ifname}"
