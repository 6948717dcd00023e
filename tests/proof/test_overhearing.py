"""What is for another is overheard by nobody: in labs of each way to carry it, and noticed once a bridge tells a third.

::

    h1: blue1, blue4 ─┐
    h2: blue2 ────────┼─ core       client ── hall ── h1's uplink
    h3: blue3 ────────┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netproof.lab.lab import borrowed
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.values.naming import bridge_ifname, port_ifname, vxlan_ifname
from overlays.fabric import site_text
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft", "bridge")

BLUE4 = "  blue4: {host: h1, segment: blue, mac: '50:54:33:00:00:04', addresses: [192.0.2.14/24]}\n"

TIERS = """
netproof: 1
site: {site}
hosts: {{h1: {{nics: {{}}}}}}
segments: {{shop: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"]}}}}
endpoints:
  web: {{host: h1, segment: shop, addresses: [198.51.100.11/24, "2001:db8:51::11/64"]}}
  app: {{host: h1, segment: shop, addresses: [198.51.100.12/24, "2001:db8:51::12/64"]}}
  db:  {{host: h1, segment: shop, addresses: [198.51.100.13/24, "2001:db8:51::13/64"]}}
policy:
  - {{from: [web, db], to: app, allow: [icmp, tcp/80]}}
  - {{from: web, to: db, allow: tcp/80}}
  - {{from: any, to: any, deny: all}}
"""


@pytest.fixture
def load(tmp_path: Path, worker_id: str) -> Callable[[str], Site]:
    """Read the fabric by a strategy, under a name that no other test has a lab of."""

    def read(strategy: str) -> Site:
        file = tmp_path / "site.yaml"
        file.write_text(site_text(f"heard-{worker_id}", strategy, uplink=strategy != "static-l3") + BLUE4)
        return load_site(file)

    return read


@pytest.fixture
def raised() -> Iterator[ExitStack]:
    """Labs that go with the test."""
    with ExitStack() as stack:
        yield stack


def up(raised: ExitStack, site: Site) -> Callable[[], Report]:
    """Build a lab; return what tries there who overhears whom."""
    lab, whole = raised.enter_context(borrowed(site)), furnished(site)
    tried = [c for c in claims(whole) if c.class_ == "unknown-unicast"]
    return lambda: prove(whole, tried, lab.vantages(), None)


def broken(report: Report) -> set[str]:
    """Return who hears what whom sends, by name."""
    return {f"{r.claim.from_} {r.claim.to}" for r in report.results if r.verdict == "broken"}


def on(site: Site, host: str, *argv: str) -> None:
    """Run a command on a host of the lab."""
    run("ip", "netns", "exec", f"lab.{site.name}.{host}", *argv)


@pytest.mark.parametrize("strategy", ["flood", "static-l2", "static-l3"])
def test_nobody_overhears_anybody_by_any_overlay(load: Callable[[str], Site], raised: ExitStack, strategy: str) -> None:
    """Every claim is kept, again and again, by what reached whom it was for and a third who hears."""
    proved = up(raised, load(strategy))
    for report in (proved(), proved()):
        assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
        assert {r.control for r in report.results} == {"ends"}
        assert len(report.results) > 12


def test_bridge_without_memory_is_noticed(load: Callable[[str], Site], raised: ExitStack) -> None:
    """A hub tells both its endpoints what is for the station, of which no entry stands there."""
    site = load("static-l2")
    proved = up(raised, site)
    on(site, "h1", "ip", "link", "set", bridge_ifname(site.name, "blue"), "type", "bridge", "ageing_time", "0")
    found = broken(proved())
    assert {"blue1 blue4", "blue4 blue1"} & found
    assert all({a, b} & {"blue1", "blue4"} for a, b in map(str.split, found))


def test_endpoint_of_which_no_entry_stands_is_noticed(load: Callable[[str], Site], raised: ExitStack) -> None:
    """What is for it is flooded to its neighbour, and its locked port lets it say nothing."""
    site = load("flood")
    proved = up(raised, site)
    on(
        site,
        "h1",
        "bridge",
        "fdb",
        "del",
        site.endpoints["blue1"].mac,
        "dev",
        port_ifname(site.name, "blue1"),
        "master",
    )
    assert "client blue4" in broken(proved())


def test_flood_that_policy_keeps_from_the_hearer_in_part_is_noticed(
    raised: ExitStack, tmp_path: Path, worker_id: str
) -> None:
    """A ping to another ends at the port of whom no line lets be pinged: what lines let him be told he would hear."""
    file = tmp_path / "site.yaml"
    file.write_text(TIERS.format(site=f"flood-{worker_id}"))
    site = load_site(file)
    proved = up(raised, site)
    assert {r.claim.id: r.evidence for r in proved().results if r.verdict != "kept"} == {}
    entry = (site.endpoints["app"].mac, "dev", port_ifname(site.name, "app"), "master")
    on(site, "h1", "bridge", "fdb", "del", *entry)
    assert broken(proved()) == {"web db", "db web"}


def test_entry_at_the_tunnel_that_is_gone_is_noticed(load: Callable[[str], Site], raised: ExitStack) -> None:
    """The bridge of h1 floods what is for an endpoint on another host."""
    site = load("static-l3")
    proved = up(raised, site)
    for far in ("blue2", "blue3"):
        on(
            site,
            "h1",
            "bridge",
            "fdb",
            "del",
            site.endpoints[far].mac,
            "dev",
            vxlan_ifname(site.name, "blue"),
            "master",
        )
    assert broken(proved()) == {"blue1 blue4", "blue4 blue1"}


def test_mirror_is_noticed(load: Callable[[str], Site], raised: ExitStack) -> None:
    """A rule copies to one endpoint what is for another."""
    site = load("static-l2")
    proved = up(raised, site)
    watched, curious = (port_ifname(site.name, name) for name in ("blue1", "blue4"))
    hook = f'type filter hook egress device "{watched}" priority 0;'
    on(
        site,
        "h1",
        "nft",
        f'add table netdev m; add chain netdev m m {{ {hook} }}; add rule netdev m m dup to "{curious}"',
    )
    found = proved()
    assert {pair.split()[1] for pair in broken(found)} == {"blue4"}
    assert {r.headline for r in found.results if r.claim.from_ == "client" and r.verdict == "broken"} == {
        "blue4 hears what client sends to blue1"
    }
