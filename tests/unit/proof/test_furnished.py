"""What a lab adds to a site, and what its open twin lets go."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest

from netproof.site.endpoints import GUARD_OFF, Endpoint
from netproof.site.furnished import furnished, unused
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, PhysicalNetwork
from netproof.site.opened import opened
from netproof.site.segments import Segment, Uplink
from netproof.values.naming import endpoint_mac

EXAMPLE = Path(__file__).parents[3] / "examples" / "bridge-isolation" / "site.yaml"


def bare(gateway: str | None = None) -> Site:
    """One host whose uplink network has nobody on it, one segment, one endpoint."""
    gateways = (ip_address(gateway),) if gateway else ()
    endpoint = Endpoint("vm", "h", "s", endpoint_mac("x", "vm"), (ip_interface("192.0.2.5/24"),), gateways=gateways)
    return Site(
        "x",
        "",
        {"n": PhysicalNetwork("n", (ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")))},
        {"h": Host("h", (Nic("eth0", "n"),))},
        {},
        {"s": Segment("s", (ip_network("192.0.2.0/24"),), (Uplink("h", "eth0"),))},
        {"vm": endpoint},
    )


def test_example_is_furnished_already() -> None:
    """A site with a station everywhere and two endpoints a segment gets nothing."""
    site = load_site(EXAMPLE)
    assert furnished(site) == site


def test_empty_network_gets_a_station_at_the_top_of_each_subnet() -> None:
    """The station bears an unused address of every subnet, and is marked as the prover's."""
    station = furnished(bare()).stations["probe.n"]
    assert station.probe
    assert station.nics == (
        Nic("eth0", "n", (ip_interface("192.0.2.254/24"), ip_interface("2001:db8::ffff:ffff:ffff:fffe/64"))),
    )


def test_lonely_endpoint_gets_company_on_its_host_with_another_address() -> None:
    """A segment with fewer than two endpoints gets one more, guarded like any other."""
    probe = furnished(bare()).endpoints["probe.s"]
    assert (probe.host, probe.segment, probe.probe, probe.guard) == ("h", "s", True, bare().endpoints["vm"].guard)
    assert probe.addresses == (ip_interface("192.0.2.253/24"),)


def test_unborne_gateway_gets_a_router_with_a_network_beyond() -> None:
    """The router bears the declared address, forwards, and has a second network behind it."""
    site = furnished(bare(gateway="192.0.2.254"))
    router = site.stations["probe.gw.n"]
    assert router.forward
    assert router.nics[0] == Nic("eth0", "n", (ip_interface("192.0.2.254/24"),))
    assert router.nics[1].network == "probe.beyond.n"
    assert all(a.network in site.networks["probe.beyond.n"].subnets for a in router.nics[1].addresses)
    assert site.stations["probe.n"].nics[0].addresses[0] == ip_interface("192.0.2.253/24")


def test_borne_gateway_gets_no_router() -> None:
    """A gateway that is an endpoint or a station needs nobody to play it."""
    assert "probe.gw.n" not in furnished(bare(gateway="192.0.2.5")).stations


@pytest.mark.parametrize("gateway", [None, "192.0.2.254", "192.0.2.5"])
def test_furnishing_twice_adds_nothing_more(gateway: str | None) -> None:
    """A furnished site is furnished."""
    once = furnished(bare(gateway))
    assert furnished(once) == once


def test_unused_address_of_a_full_subnet_is_none() -> None:
    """Where every address is taken there is none to give."""
    assert unused(ip_network("192.0.2.0/30"), {ip_address("192.0.2.1"), ip_address("192.0.2.2")}) is None


def test_unused_address_is_looked_up_among_those_taken() -> None:
    """They are not copied for each network: a site of 500 networks took 18 s to check."""

    class LookedUp:
        def __contains__(self, address: object) -> bool:
            return address == ip_address("192.0.2.6")

    assert unused(ip_network("192.0.2.0/29"), LookedUp()) == ip_interface("192.0.2.5/29")


def test_opened_lets_go_every_hold_and_nothing_else() -> None:
    """No isolation, no guard, forwarding everywhere; names, addresses and MACs stay."""
    site = load_site(EXAMPLE)
    open_ = opened(site)
    assert {s.isolation for s in open_.segments.values()} == {("none",)}
    assert {e.guard for e in open_.endpoints.values()} == {GUARD_OFF}
    assert all(h.forward for h in open_.hosts.values())
    closed = replace(
        open_,
        hosts=site.hosts,
        segments={n: replace(s, isolation=site.segments[n].isolation, closed=True) for n, s in open_.segments.items()},
        endpoints={n: replace(e, guard=site.endpoints[n].guard) for n, e in open_.endpoints.items()},
    )
    assert closed == site
