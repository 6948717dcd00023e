"""Proofs over VXLAN: two tenants alike in everything but the VNI, and what is noticed when their overlay is bent.

::

    b1, r1 ─ hv1 ─┐
    b2, r2 ─ hv2 ─┼─ core ─ probe.core, which is no VTEP
    b3     ─ hv3 ─┘
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from netproof.apply.signals import Signals
from netproof.cli.proving import prove_in_lab
from netproof.errors import UsageError
from netproof.kernel.netns import entered
from netproof.lab.lab import Lab, down, twin_of, up
from netproof.proof import frames
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.vxlan import wrapped
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

TENANTS = """netproof: 1
site: NAME
networks:
  core: {subnets: [SUBNET], mtu: 1600}
hosts:
  hv1: {nics: {eth0: {network: core, addresses: ["VTEP1"]}}, vtep: eth0}
  hv2: {nics: {eth0: {network: core, addresses: ["VTEP2"]}}, vtep: eth0}
  hv3: {nics: {eth0: {network: core, addresses: ["VTEP3"]}}, vtep: eth0}
segments:
  blue: {subnets: [192.0.2.0/24, "2001:db8:2::/64"], vni: 100, overlay: static-l2}
  red:  {subnets: [192.0.2.0/24, "2001:db8:2::/64"], vni: 200, overlay: flood}
endpoints:
  b1: {host: hv1, segment: blue, addresses: [192.0.2.11/24, "2001:db8:2::11/64"], mac: "50:54:33:00:00:0b" GUARD}
  b2: {host: hv2, segment: blue, addresses: [192.0.2.12/24, "2001:db8:2::12/64"], mac: "50:54:33:00:00:0c"}
  b3: {host: hv3, segment: blue, addresses: [192.0.2.13/24, "2001:db8:2::13/64"], mac: "50:54:33:00:00:0d"}
  r1: {host: hv1, segment: red, addresses: [192.0.2.11/24, "2001:db8:2::11/64"], mac: "50:54:33:00:00:0b"}
  r2: {host: hv2, segment: red, addresses: [192.0.2.12/24, "2001:db8:2::12/64"], mac: "50:54:33:00:00:0c"}
"""
UNDERLAY = {"ipv4": ("203.0.113.0/24", "203.0.113.{}/24"), "ipv6": ('"2001:db8:1::/64"', "2001:db8:1::{}/64")}

Tenants = Callable[..., Site]


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Tenants]:
    """Load the two tenants over an underlay of a family; whatever lab of theirs is left goes at the end."""
    made: list[str] = []

    def load(name: str, family: str = "ipv4", guard: str = "") -> Site:
        subnet, vtep = UNDERLAY[family]
        text = TENANTS.replace("NAME", name).replace("SUBNET", subnet).replace("GUARD", guard)
        for number in (1, 2, 3):
            text = text.replace(f"VTEP{number}", vtep.format(number))
        (tmp_path / "site.yaml").write_text(text)
        made.append(name)
        return load_site(str(tmp_path / "site.yaml"))

    yield load
    for name in made:
        with suppress(UsageError):
            down(name)


def proved(site: Site, *parts: str) -> dict[str, str]:
    """Return what is not kept of the claims whose id has one of `parts`, all if none is named."""
    chosen = [c for c in claims(furnished(site)) if not parts or any(part in c.id for part in parts)]
    report, _, _ = prove_in_lab(site, chosen, Signals())
    assert report.results
    return {r.claim.id: r.verdict for r in report.results if r.verdict != "kept"}


def at(site: Site, node: str, *argv: str) -> str:
    """Run a command on a node of the lab."""
    return run("ip", "netns", "exec", f"lab.{site.name}.{node}", *argv)


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_tenants_are_proved_apart_over_either_underlay(tenants: Tenants, family: str) -> None:
    """Every claim is kept and none in doubt: remote hosts, doors and full frames are as tryable as what is near."""
    assert proved(tenants(f"vxall{family[-1]}", family)) == {}


def test_a_door_left_open_breaks_the_transport_of_that_vni_there(tenants: Tenants) -> None:
    """Whoever is on the underlay speaks to the endpoints behind, and to no others."""
    site = tenants("vxdoor")
    up(site)
    at(site, "hv1", "nft", "delete", "chain", "inet", "netproof-vxdoor", "vxlan-blue")
    assert proved(site, "transport/") == {
        f"transport/probe.core/blue@hv1/{forged}/ipv4": "broken"
        for forged in ("vxlan-forged", "vxlan-forged-broadcast", "vxlan-forged-tagged")
    }


@pytest.mark.parametrize(("node", "mtu"), [("b1", 1549), ("hv1", 1599)])
def test_an_mtu_one_byte_short_is_noticed(tenants: Tenants, node: str, mtu: int) -> None:
    """At the endpoint or in the underlay: full frames do not cross, and nothing is said of larger ones."""
    site = tenants("vxmtu")
    up(site)
    at(site, node, "ip", "link", "set", "eth0", "mtu", str(mtu))
    found = proved(site, "mtu/b1/b2/")
    assert found == {
        f"mtu/b1/b2/{size}/{family}": verdict
        for size, verdict in (("full-frame", "broken"), ("over-full", "inconclusive"))
        for family in ("ipv4", "ipv6")
    }


def test_an_mtu_one_byte_too_large_everywhere_is_noticed(tenants: Tenants) -> None:
    """What the segment should not carry arrives once all on its way let it; at the endpoints alone it is lost."""
    site = tenants("vxwide")
    up(site)
    for number in (1, 2):
        at(site, f"b{number}", "ip", "link", "set", "eth0", "mtu", "1551")
        for ifname in (f"vxwide-b{number}", "vxwide-blue.vx", "vxwide-blue"):
            at(site, f"hv{number}", "ip", "link", "set", ifname, "mtu", "1551")
    assert proved(site, "mtu/b1/b2/") == {}
    for port in at(site, "core", "ls", "/sys/class/net/br0/brif").split():
        at(site, "core", "ip", "link", "set", port, "mtu", "1601")
    for number in (1, 2):
        at(site, f"hv{number}", "ip", "link", "set", "eth0", "mtu", "1601")
    lab = Lab("lab", furnished(site), 0)
    chosen = [c for c in claims(lab.site) if c.id.startswith("mtu/b1/b2/")]
    report = prove(lab.site, chosen, lab.vantages(), None)
    assert {r.claim.id for r in report.results if r.verdict == "broken"} == {
        f"mtu/b1/b2/over-full/{f}" for f in ("ipv4", "ipv6")
    }


def test_tagged_frames_are_sized_where_the_guard_lets_them_pass(tenants: Tenants) -> None:
    """The segment is four bytes smaller, and fills the underlay with a tag inside the tunnel."""
    site = tenants("vxtag", guard=", guard: {vlan: off}")
    assert "mtu/b1/b2/full-frame-tagged/l2" in {c.id for c in claims(furnished(site))}
    assert proved(site, "mtu/") == {}


def test_frames_in_a_tunnel_that_pass_a_station_are_no_leak(tenants: Tenants) -> None:
    """A switch that floods shows the underlay's stations what the tunnels carry, and has not delivered it to them."""
    site = tenants("vxflood")
    lab = up(site)
    at(site, "core", "ip", "link", "set", "br0", "type", "bridge", "ageing_time", "0")

    chosen = [c for c in claims(lab.site) if "/b1/" in c.id]
    with twin_of(site) as twin:
        report = prove(lab.site, chosen, lab.vantages(), twin.vantages())
    assert {r.claim.id for r in report.results if r.verdict != "kept"} == set()


@pytest.mark.parametrize("segment", ["blue", "red"])
def test_a_vtep_cannot_take_over_an_endpoint_of_another_host(tenants: Tenants, segment: str) -> None:
    """A frame with b1's MAC that comes out of the tunnel at b1's own host moves nothing: b1 is still reached."""
    site = tenants(f"vxsteal{segment[0]}")
    up(site)
    mine, its = (f"{segment[0]}{n}" for n in (1, 2))
    forged = frames.ethernet(
        frames.BROADCAST_MAC, site.endpoints[mine].mac, frames.EXPERIMENTAL, b"it is I who am at hv2"
    )
    with entered(f"lab.{site.name}.hv2"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("203.0.113.2", 0))
        for _ in range(5):
            sock.sendto(wrapped(site.segments[segment].vni or 0, forged), ("203.0.113.1", 4789))
            time.sleep(0.01)
    entries = [line for line in at(site, "hv1", "bridge", "fdb").splitlines() if site.endpoints[mine].mac in line]
    assert any(f"{site.name}-{mine}" in line and "sticky" in line for line in entries), entries
    assert proved(site, f"reach/{its}/{mine}/") == {}
