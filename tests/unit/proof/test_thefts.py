"""Who could steal whose MAC, and where: worked out from the site alone."""

from __future__ import annotations

import pytest

from netproof.proof.claims import claims
from netproof.site.furnished import furnished
from netproof.site.load import parse_site
from netproof.site.model import Site
from overlays.fabric import site_text

TWO_HOSTS = """
netproof: 1
site: two
networks: {hall: {subnets: [192.0.2.0/24]}, yard: {subnets: [192.0.2.0/24]}}
hosts:
  h1: {nics: {eth0: {network: hall}, eth1: {network: yard}}}
  h2: {nics: {eth0: {network: hall}}}
stations:
  client: {network: hall, addresses: [192.0.2.99/24]}
  gnome:  {network: yard, addresses: [192.0.2.98/24]}
segments: {blue: {subnets: [192.0.2.0/24], private: PRIVATE, uplinks: [h1.eth0, h1.eth1, h2.eth0]}}
endpoints:
  one:   {host: h1, segment: blue, addresses: [192.0.2.1/24]}
  two:   {host: h1, segment: blue, addresses: [192.0.2.2/24]}
  three: {host: h2, segment: blue, addresses: [192.0.2.3/24]}
"""


def stolen(site: Site) -> set[str]:
    """Return who steals from whom; what is claimed of the thief is claimed of the victim."""
    found: dict[str, set[str]] = {name: set() for name in ("mac-theft", "after-mac-theft")}
    for claim in claims(furnished(site)):
        if claim.class_ in found and "." not in claim.from_:
            found[claim.class_].add(f"{claim.from_} {claim.to}")
    assert found["mac-theft"] == found["after-mac-theft"]
    return found["mac-theft"]


def fabric(overlay: str, *, free: str = "nobody") -> Site:
    """Return three hosts with an endpoint each, `client` behind an uplink of the first, one endpoint without guard."""
    text = site_text("fabric", overlay, uplink=True)
    return parse_site(text.replace(f"{free}: {{", f"{free}: {{guard: {{mac: off}}, ").encode(), "site.yaml")


@pytest.mark.parametrize(("private", "by_endpoints"), [("off", {"client two", "gnome one"}), ("on", set())])
def test_thief_victim_and_sender_come_in_by_three_ports_of_one_bridge(private: str, by_endpoints: set[str]) -> None:
    """Who is alone on a bridge is sent to by what the thief is on; private endpoints are sent to by stations alone."""
    site = parse_site(TWO_HOSTS.replace("PRIVATE", private).encode(), "site.yaml")
    assert stolen(site) == {"client one", "client two", "gnome one", "gnome two"} | by_endpoints


def test_overlay_that_is_told_where_everybody_is_lets_nobody_take_what_crosses_it() -> None:
    """Where bridges learn, only what is sent to an endpoint of the thief's own host is held."""
    assert stolen(fabric("static-l2")) == {"client blue1", "client blue2", "client blue3"}
    assert stolen(fabric("flood")) == {"client blue1"}


def test_endpoint_that_may_have_any_mac_is_a_thief_across_the_overlay() -> None:
    """The station sends to its victim, or another endpoint does; who may have any MAC has none to lose."""
    assert stolen(fabric("flood", free="blue2")) == {"client blue1", "blue2 blue1"}
