"""Which way packets must go, as the prover works it out from the site alone."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from netproof.proof.claims import claims
from netproof.proof.paths import round_trip, way
from netproof.site.load import load_site, parse_site
from netproof.site.model import Site
from netproof.site.opened import opened

EXAMPLE = Path(__file__).parents[3] / "examples" / "testing-interface" / "site.yaml"


@pytest.fixture
def site() -> Site:
    """The example."""
    return load_site(EXAMPLE)


def crossed(site: Site, start: str, source: str | None, target: str) -> list[str] | None:
    """Return the networks crossed, each with who puts the packet there."""
    found = way(site, start, ip_address(source) if source else None, ip_address(target))
    return None if found is None else [f"{step.node}.{step.nic.name} {step.nic.network}" for step in found]


@pytest.mark.parametrize(
    ("start", "source", "target", "expected"),
    [
        ("redbox", None, "192.168.14.10", ["redbox.eth0 red"]),
        ("redbox", None, "203.0.113.10", ["redbox.eth0 red", "router.eth0 office"]),
        ("redbox", None, "192.168.15.10", ["redbox.eth0 red", "router.eth2 blue"]),
        ("client", None, "2001:db8:14::10", ["client.eth0 far", "router.eth1 red"]),
        ("tester", None, "192.168.14.20", ["tester.eth1 red"]),
        ("tester", None, "203.0.113.20", ["tester.eth0 office"]),
        ("tester", None, "198.51.100.20", ["tester.eth0 office", "router.eth3 far"]),
        ("tester", "203.0.113.10", "192.168.14.20", ["tester.eth0 office", "router.eth1 red"]),
        ("tester", "192.168.14.10", "198.51.100.20", ["tester.eth1 red", "router.eth3 far"]),
        ("tester", "2001:db8:14::10", "2001:db8:113::20", ["tester.eth1 red", "router.eth0 office"]),
        ("tester", "192.168.15.10", "192.168.14.20", ["tester.eth2 blue", "router.eth1 red"]),
        ("desk", None, "192.0.2.1", None),
    ],
)
def test_way_is_the_one_that_the_site_declares(
    site: Site, start: str, source: str | None, target: str, expected: list[str] | None
) -> None:
    """By the isolated NIC to and from its addresses, by the others all else; nowhere if nobody bears the address."""
    assert crossed(site, start, source, target) == expected


def test_way_ends_where_nobody_forwards(site: Site) -> None:
    """A router that does not route is none, and a host is none at all."""
    still = {**site.stations, "router": replace(site.stations["router"], forward=False)}
    assert crossed(replace(site, stations=still), "redbox", None, "203.0.113.10") is None


def test_round_trip_names_the_source_that_a_stack_takes(site: Site) -> None:
    """Beside the next hop; an echo from the host to red leaves from its address there."""
    trip = round_trip(site, "tester", "redbox", ip_address("192.168.14.20"))
    assert trip is not None
    assert str(trip.source) == "192.168.14.10"
    assert not trip.chosen


def test_host_without_isolated_nics_has_no_paths(site: Site) -> None:
    """What is claimed of paths is what isolated NICs are for."""
    assert not [claim for claim in claims(opened(site)) if claim.kind == "path"]


def test_host_with_rules_of_its_own_makes_claims_of_isolated_addresses_alone(site: Site) -> None:
    """Where its other packets go is for its rules to say."""
    rule = b"    rules: [{from: 203.0.113.10/32, table: 100, priority: 100}]\n    forward: on"
    ruled = parse_site(EXAMPLE.read_bytes().replace(b"    forward: on", rule, 1), "site.yaml")
    classes = {c.class_ for c in claims(ruled) if c.kind == "path" and c.expect == "deliver"}
    assert classes == {"isolated-reply", "far-reply", "isolated-source", "direct-without-source"}
