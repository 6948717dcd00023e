"""Who is claimed not to overhear whom, and to whom they then speak: worked out from the site alone."""

from __future__ import annotations

import pytest

from netproof.proof.claims import claims
from netproof.proof.overhearing import trios
from netproof.proof.scene import Scene
from netproof.site.furnished import furnished
from netproof.site.load import parse_site
from netproof.site.model import Site
from overlays.fabric import site_text
from unit.proof.test_thefts import TWO_HOSTS

BRIDGE = """
netproof: 1
site: halls
networks: {hall: {}}
hosts: {h1: {nics: {eth0: {network: hall}}}}
segments: {blue: {subnets: [192.0.2.0/24]}}
endpoints:
"""


def hall(private: str = "off") -> Site:
    """Return a segment over two hosts and two networks, of which a switch of nobody's joins the hosts."""
    return parse_site(TWO_HOSTS.replace("PRIVATE", private).encode(), "site.yaml")


def overheard(site: Site) -> set[str]:
    """Return who is claimed not to be heard by whom."""
    return {f"{c.from_} {c.to}" for c in claims(furnished(site)) if c.class_ == "unknown-unicast" and "." not in c.id}


def test_nobody_is_claimed_to_hear_nothing_but_where_a_host_lies_between() -> None:
    """The three come in by three ports of one bridge; `three` is beyond the switch of the hall."""
    here = ("one", "two", "client", "gnome")
    assert overheard(hall()) == {f"{a} {b}" for a in here for b in here if a != b}


def test_private_endpoints_are_heard_by_nobody_where_they_speak_to_stations() -> None:
    """They send to stations alone, and only stations send to them."""
    found = {(a, b): next(trios(hall("on"), a, b)).addressee.node for a, b in (("one", "two"), ("client", "one"))}
    assert found["one", "two"] in ("client", "gnome")
    assert found["client", "one"] in ("two", "gnome")


def test_overlay_keeps_apart_endpoints_of_three_hosts_and_an_uplink_beside_them() -> None:
    """A station stands behind the first host: it and an endpoint elsewhere come there by two ports."""
    site = parse_site(site_text("fabric", "static-l2", uplink=True).encode(), "site.yaml")
    three = ("blue1", "blue2", "blue3")
    found = {pair for pair in overheard(site) if "red" not in pair}
    assert found == {f"{a} {b}" for a in three for b in three if a != b} | {
        f"{a} {b}"
        for pair in (("client", "blue1"), ("client", "blue2"), ("client", "blue3"))
        for a, b in (pair, pair[::-1])
    }


@pytest.mark.parametrize("size", [3, 10])
def test_each_member_speaks_to_two_others_whoever_listens(size: int) -> None:
    """Packets grow with the members, and not with their pairs."""
    endpoints = "".join(f"  e{n}: {{host: h1, segment: blue, addresses: [192.0.2.{n + 1}/24]}}\n" for n in range(size))
    site = parse_site((BRIDGE + endpoints).encode(), "site.yaml")
    names = list(site.endpoints)
    spoken = {(a, next(trios(site, a, b)).addressee.node) for a in names for b in names if a != b}
    assert len(spoken) == 2 * size


def test_addressee_is_somebody_who_is_watched() -> None:
    """On a live host others of the segment are elsewhere; where nobody is here, the claim is not tried here."""
    site = furnished(hall())
    assert next(trios(site, "one", "two", {"gnome"})).addressee.node == "gnome"
    assert next(trios(site, "one", "two", {"three"})).addressee.node != "three"
    assert Scene(site, {}).said == {}
