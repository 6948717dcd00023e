"""A lab made by hand with iproute2, so that the prover is tried on something that netproof did not build.

::

    vm1 ─ eth0 ═ demo-vm1 ┐                        ┌ eth1 ═ eth0 ─ pdu
                          ├ demo-dmz (bridge) hv1 ─┤
    vm2 ─ eth0 ═ demo-vm2 ┘                        └ eth2 (in the bridge) ═ eth0 ─ router
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyroute2 import NFCTSocket

from netproof.kernel.netns import entered
from netproof.kernel.vantage import NamespaceVantage
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.values.address import Interface
from netproof.values.naming import bridge_mac, derived_mac
from shell import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "bridge-isolation"
WIRES = (("hv1", "demo-vm1", "vm1"), ("hv1", "demo-vm2", "vm2"), ("hv1", "eth1", "pdu"), ("hv1", "eth2", "router"))


@dataclass(frozen=True)
class HandLab:
    """Namespaces by node, and what the prover is given of them."""

    names: dict[str, str]
    vantages: dict[str, NamespaceVantage]

    def run(self, node: str, *argv: str) -> str:
        """Run a command on a node."""
        return run("ip", "netns", "exec", self.names[node], *argv)

    def close(self) -> None:
        """Close every way from the segment to its host but LLDP."""
        self.close_bridge()
        self.close_ports()

    def close_bridge(self) -> None:
        """Drop all that the bridge would hand to its host, by nftables at its ingress."""
        hook = 'type filter hook ingress device "demo-dmz" priority 0; policy drop;'
        self.run("hv1", "nft", f"add table netdev f; add chain netdev f i {{ {hook} }}")

    def close_ports(self) -> None:
        """Drop IP to link-local groups, which the bridge hands to its host at the port itself."""
        self.run("hv1", "nft", "add table netdev p")
        for at, port in enumerate(("demo-vm1", "demo-vm2", "eth2")):
            hook = f'type filter hook ingress device "{port}" priority 0;'
            rule = "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 ether type ip drop"
            self.run("hv1", "nft", f"add chain netdev p c{at} {{ {hook} }}; add rule netdev p c{at} {rule}")

    def guard(self, vm: str, *rules: str) -> None:
        """Filter what `vm` sends, at the host's end of its wire."""
        hook = f'type filter hook ingress device "demo-{vm}" priority 0;'
        self.run("hv1", "nft", f"add table netdev g; add chain netdev g {vm} {{ {hook} }}")
        for rule in rules:
            self.run("hv1", "nft", f"add rule netdev g {vm} {rule}")


@pytest.fixture(scope="session")
def site() -> Site:
    """The example, its bridge as Linux makes it."""
    return load_site(EXAMPLE / "open.yaml")


@pytest.fixture
def make_lab(site: Site, make_netns: Callable[[str], str]) -> Callable[[], HandLab]:
    """Build the example's site, open, in namespaces of its own."""

    def make() -> HandLab:
        names = {node: make_netns(node) for node in ("hv1", "vm1", "vm2", "pdu", "router")}
        for node in names.values():
            quiet = ("net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0")
            run("ip", "netns", "exec", node, "sysctl", "-qw", *quiet)
        _batch(
            [
                f"link add {port} netns {names[host]} type veth peer name eth0 netns {names[node]}"
                for host, port, node in WIRES
            ]
        )
        for node, netns in names.items():
            _batch(_inside(site, node), netns)
        run(
            "ip",
            "netns",
            "exec",
            names["hv1"],
            "sysctl",
            "-qw",
            "net.ipv4.ip_forward=1",
            "net.ipv6.conf.all.forwarding=1",
        )
        settle(names)
        return HandLab(names, {node: NamespaceVantage(node, name) for node, name in names.items()})

    return make


def _inside(site: Site, node: str) -> list[str]:
    """Give `node` its addresses, and the host its bridge."""
    if node == "hv1":
        bridge = [f"link add demo-dmz address {bridge_mac('demo', 'dmz', 'hv1')} type bridge mcast_snooping 0"]
        ports = [f"link set {port} up master demo-dmz" for port in ("demo-vm1", "demo-vm2", "eth2")]
        addresses = [f"address add {a} dev eth1 {_nodad(a)}" for a in site.hosts[node].nic("eth1").addresses]
        return [*bridge, *ports, "link set demo-dmz up", "link set eth1 up", *addresses]
    if node in site.endpoints:
        endpoint = site.endpoints[node]
        mac, addresses, gateways = endpoint.mac, endpoint.addresses, endpoint.gateways
    else:
        nic = site.stations[node].nics[0]
        mac, addresses, gateways = derived_mac("demo", node, "nic"), nic.addresses, nic.gateways
    adds = [f"address add {a} dev eth0 {_nodad(a)}" for a in addresses]
    return [
        f"link set eth0 address {mac}",
        "link set eth0 up",
        *adds,
        *(f"route add default via {g}" for g in gateways),
    ]


def settle(names: dict[str, str]) -> None:
    """Wait until the kernel has noticed of every link set up that it is: until then it may drop what is sent there."""
    deadline = time.monotonic() + 5
    for netns in names.values():
        while _is_coming_up(netns):
            assert time.monotonic() < deadline, f"{netns} has a link that is down"
            time.sleep(0.02)


def _is_coming_up(netns: str) -> bool:
    links = json.loads(run("ip", "-n", netns, "-j", "link"))
    return any(link["operstate"] == "DOWN" for link in links if "UP" in link["flags"])


def forget_connections(netns: str) -> None:
    """Have a host know of no connection: one that a hole let begin would go on when the hole is closed."""
    with entered(netns), NFCTSocket() as tracking:
        tracking.flush()


def _nodad(address: Interface) -> str:
    return "nodad" if address.version == 6 else ""


def _batch(lines: list[str], netns: str | None = None) -> None:
    argv = ["ip", *(["-n", netns] if netns else []), "-batch", "-"]
    done = subprocess.run(argv, input="\n".join(lines), text=True, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
