"""Whole proofs of sites with gateways: of two hosts over VXLAN, and beside an uplink."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netproof.apply.signals import Signals
from netproof.cli.proving import prove_in_lab
from netproof.proof.claims import claims
from netproof.site.furnished import furnished
from netproof.site.model import Site

pytestmark = pytest.mark.needs("netns", "ip", "nft")

TWO_HOSTS = """
networks:
  core: {subnets: [203.0.113.0/24], mtu: 1600}
  lan:  {subnets: [192.168.14.0/24, "2001:db8:14::/64"]}
hosts:
  hv1:
    nics:
      eth0: {network: core, addresses: [203.0.113.1/24]}
      eth1: {network: lan, addresses: [192.168.14.1/24, "2001:db8:14::1/64"]}
    vtep: eth0
  hv2:
    nics:
      eth0: {network: core, addresses: [203.0.113.2/24]}
      eth1: {network: lan, addresses: [192.168.14.2/24, "2001:db8:14::2/64"]}
    vtep: eth0
segments:
  blue:
    subnets: [10.9.0.0/24, "fd00:9::/64"]
    vni: 100
    overlay: static-l2
    private: PRIVATE
    gateway: {hosts: [hv1, hv2], addresses: [10.9.0.1/24, "fd00:9::1/64"], nat: eth1}
endpoints:
  web: {host: hv1, segment: blue, addresses: [10.9.0.11/24, "fd00:9::11/64"]}
  app: {host: hv2, segment: blue, addresses: [10.9.0.12/24, "fd00:9::12/64"]}
"""
BESIDE_AN_UPLINK = """
networks:
  lan:  {subnets: [192.168.14.0/24, "2001:db8:14::/64"]}
  shop: {subnets: [10.9.0.0/24, "fd00:9::/64"]}
hosts:
  ch1:
    nics:
      eth0: {network: lan, addresses: [192.168.14.1/24, "2001:db8:14::1/64"]}
      eth1: {network: shop}
  ch2: {nics: {eth1: {network: shop}}}
stations:
  till: {network: shop, addresses: [10.9.0.77/24, "fd00:9::77/64"], gateway: [10.9.0.1, "fd00:9::1"]}
segments:
  apps:
    subnets: [10.9.0.0/24, "fd00:9::/64"]
    private: PRIVATE
    uplinks: [ch1.eth1, ch2.eth1]
    gateway: {hosts: [ch1], addresses: [10.9.0.1/24, "fd00:9::1/64"], nat: eth0}
endpoints:
  web: {host: ch1, segment: apps, addresses: [10.9.0.11/24, "fd00:9::11/64"]}
  far: {host: ch2, segment: apps, addresses: [10.9.0.13/24, "fd00:9::13/64"]}
"""


@pytest.mark.parametrize("private", ["on", "off"])
@pytest.mark.parametrize("text", [TWO_HOSTS, BESIDE_AN_UPLINK], ids=["two-hosts", "beside-an-uplink"])
def test_site_with_a_gateway_is_proved_whole(make_site: Callable[[str], Site], text: str, private: str) -> None:
    """No claim is broken or in doubt; those between endpoints are there if and only if the segment is private."""
    site = make_site(text.replace("PRIVATE", private))
    report, _, _ = prove_in_lab(site, claims(furnished(site)), Signals())
    assert {r.claim.id: r.verdict for r in report.results if r.verdict != "kept"} == {}
    kinds = {r.claim.class_ for r in report.results}
    assert {"gateway-echo", "nat-echo", "via-gateway", "gateway-service", "inbound"} <= kinds
    assert ("private-direct" in kinds) == ("private-hairpin" in kinds) == (private == "on")
