"""Every rule that lines can come to is printed by nft as it was written."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from netproof.firewall.bridged import FarGateway, bridged
from netproof.firewall.line import Line, Spot
from netproof.firewall.routed import routed
from netproof.firewall.tracking import Tracked, tracking
from netproof.site.policy import Traffic
from netproof.state.filters import NftChain
from shell import run

pytestmark = pytest.mark.needs("netns", "nft")

MACS = tuple(f"02:00:00:00:00:0{n}" for n in range(1, 4))
NEAR = ("10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32", "192.168.0.0/24", "2001:db8::1/128", "fd00::/8", "fe80::9/128")
ALONE = ("10.0.0.9/32", "2001:db8::9/128")
OUTSIDE = ("eth1", "eth2", "s-a.vx")
SPOTS = (
    Spot(("s-web",)),
    Spot(("s-web", "s-app", "a-name-of-15-by")),
    Spot(OUTSIDE, macs=MACS[:1]),
    Spot(OUTSIDE, macs=MACS),
    Spot(OUTSIDE, prefixes=tuple(map(ip_network, NEAR))),
    Spot(OUTSIDE, prefixes=tuple(map(ip_network, ALONE))),
    Spot((*OUTSIDE, "s-web", "s-app")),
)
TRAFFIC = (
    (Traffic("all"),),
    (Traffic("icmp"),),
    (Traffic("tcp", 22, 22), Traffic("tcp", 80, 81), Traffic("tcp", 443, 443), Traffic("udp", 1, 65535)),
    (Traffic("tcp", 22, 22), Traffic("tcp", 23, 23), Traffic("icmp")),
)
LINES = tuple(Line(number, SPOTS, SPOTS, traffic, number % 2 == 0) for number, traffic in enumerate(TRAFFIC, 1))
TRACKED = (Tracked("s-a", OUTSIDE, 7), Tracked("s-b", ("s-web", "s-app"), 4711, MACS[0]))


def chains() -> list[NftChain]:
    """Return every chain of policy, with all kinds of spots and traffic."""
    hosts = tuple(map(ip_network, NEAR))
    return [
        *tracking("s", TRACKED, native=False),
        *tracking("alone", TRACKED[:1], native=False),
        *bridged("s", LINES, OUTSIDE, [FarGateway(MACS[0], OUTSIDE, OUTSIDE[-1:])]),
        routed("s", (), LINES, hosts),
    ]


def test_rules_come_back_as_they_were_written(make_netns: Callable[[str], str], tmp_path: Path) -> None:
    """One source or several, by port, MAC or prefix, to one target or several; ports alone, side by side, in ranges."""
    netns = make_netns("spelling")
    nft, file = ("ip", "netns", "exec", netns, "nft", "-s", "-p"), tmp_path / "rules"
    for chain in chains():
        where = f"{chain.family} {chain.table} {chain.name}"
        hook = f" {{ {chain.hook} }}" * bool(chain.hook)
        rules = (f"add rule {where} {rule}" for rule in chain.rules)
        file.write_text("\n".join((f"add table {chain.family} {chain.table}", f"add chain {where}{hook}", *rules, "")))
        run(*nft, "-f", str(file))
        listed = [line.strip() for line in run(*nft, "list", "chain", *where.split()).splitlines()[2:-2]]
        written = [*filter(None, [chain.hook]), *chain.rules]
        assert [pair for pair in zip(written, listed, strict=True) if pair[0] != pair[1]] == []
