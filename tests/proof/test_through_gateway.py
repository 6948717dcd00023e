"""A host that forwards for its segment alone forwards nothing between its own NICs, and the proof says so if it does.

::

    web ── apps ── ch1 ── eth0 ── lan ── printer
                      └── eth1 ── storage ── nas       both stands in both networks
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

SITE = """
netproof: 1
site: past-WORKER
networks:
  lan:     {subnets: [192.168.14.0/24, "2001:db8:14::/64"]}
  storage: {subnets: [172.16.0.0/24, "2001:db8:16::/64"]}
hosts:
  ch1:
    forward: FORWARD
    nics:
      eth0: {network: lan, addresses: [192.168.14.1/24, "2001:db8:14::1/64"]}
      eth1: {network: storage, addresses: [172.16.0.1/24, "2001:db8:16::1/64"]}
stations:
  printer: {network: lan, addresses: [192.168.14.9/24, "2001:db8:14::9/64"]}
  nas:     {network: storage, addresses: [172.16.0.9/24, "2001:db8:16::9/64"]}
ROUTER
segments:
  apps:
    subnets: [10.9.0.0/24, "fd00:9::/64"]
    gateway: {hosts: [ch1], addresses: [10.9.0.1/24, "fd00:9::1/64"], nat: eth0}
endpoints:
  web: {host: ch1, segment: apps, addresses: [10.9.0.11/24, "fd00:9::11/64"]}
"""
ROUTER = """
  both:
    forward: on
    nics:
      eth0: {network: lan, addresses: [192.168.14.254/24, "2001:db8:14::fe/64"]}
      eth1: {network: storage, addresses: [172.16.0.254/24, "2001:db8:16::fe/64"]}
"""
Load = Callable[..., Site]


@pytest.fixture
def load(tmp_path: Path, worker_id: str) -> Load:
    """Read a site that no other test has a lab of."""

    def read(*, forward: str = "off", router: str = "") -> Site:
        file = tmp_path / "site.yaml"
        file.write_text(SITE.replace("WORKER", worker_id).replace("FORWARD", forward).replace("ROUTER", router))
        return load_site(file)

    return read


def through(report: Report) -> dict[str, str]:
    """Return the verdict on every way through the host."""
    found = [r for r in report.results if r.claim.class_ == "through-host"]
    return {f"{r.claim.from_} {r.claim.to} {r.claim.family}": r.verdict for r in found}


@pytest.mark.needs("netns", "ip", "nft")
def test_gateway_that_forwards_between_its_nics_is_noticed(load: Load) -> None:
    """Kept in both families and both ways; without the rules, broken where the gateway turned forwarding on."""
    site = load(router=ROUTER)
    whole, host = furnished(site), f"lab.{site.name}.ch1"
    with ExitStack() as stack:
        twin, lab = stack.enter_context(twin_of(site)), stack.enter_context(borrowed(site))
        tried = [c for c in claims(whole) if c.class_ == "through-host"]
        kept = through(prove(whole, tried, lab.vantages(), twin.vantages()))
        table = run("ip", "netns", "exec", host, "nft", "list", "tables", "inet").split()[-1]
        run("ip", "netns", "exec", host, "nft", f"flush chain inet {table} between-nics")
        open_ = through(prove(whole, tried, lab.vantages(), twin.vantages()))
    pairs = ("printer nas", "nas printer", "printer both", "nas both", "both printer", "both nas")
    assert kept == {f"{pair} {family}": "kept" for pair in pairs for family in ("ipv4", "ipv6")}
    # In IPv4 only what comes in by the NIC of `nat` is forwarded, in IPv6 everything.
    by_lan = {f"{pair} ipv4" for pair in ("printer nas", "printer both", "both nas")}
    broken = {name for name, verdict in open_.items() if verdict == "broken"}
    assert broken == by_lan | {f"{pair} ipv6" for pair in pairs}


def test_only_a_gateway_that_does_not_forward_is_claimed_to_be_no_way_through(load: Load) -> None:
    """Who routes for others does; and of a host that routes for nobody it is not said that it never will."""
    site = load()
    bare = Site(site.name, "", site.networks, site.hosts, site.stations)
    for each, expected in ((site, 4), (load(forward="on"), 0), (bare, 0)):
        assert len([c for c in claims(furnished(each)) if c.class_ == "through-host"]) == expected
