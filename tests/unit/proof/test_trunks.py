"""Claims about segments that are VLANs of a trunk: of whom, and where what is sent may come out."""

from __future__ import annotations

from netproof.proof.claims import claims
from netproof.proof.parties import Spot
from netproof.proof.trunks import around
from netproof.site.furnished import furnished
from netproof.site.load import parse_site

TEXT = b"""
netproof: 1
site: trunks
networks: {core: {subnets: [203.0.113.0/24]}, wire: {}}
hosts:
  hv1: {nics: {eth0: {network: core, addresses: [203.0.113.1/24]}, eth1: {network: wire}, eth2: {network: wire}}}
  hv2: {nics: {eth0: {network: core, addresses: [203.0.113.2/24]}, eth1: {network: wire},
               eth2: {network: wire, addresses: [10.1.0.1/24]}}}
stations:
  native: {network: wire, addresses: [10.1.0.9/24]}
  both:   {nics: {eth0: {network: wire, vid: 40}, eth1: {network: wire}}}
segments:
  entire: {subnets: [192.0.2.0/24], uplinks: [hv1.eth1]}
  ann: {subnets: [198.51.100.0/24], uplinks: [{nic: hv2.eth1, vid: 30}]}
  bob: {subnets: [198.18.0.0/24], uplinks: [{nic: hv2.eth1, vid: 40}]}
endpoints:
  a: {host: hv1, segment: entire, addresses: [192.0.2.1/24]}
  b: {host: hv2, segment: ann, addresses: [198.51.100.1/24]}
"""
SITE = furnished(parse_site(TEXT, "site.yaml"))
PAIRS = {(claim.from_, claim.to) for claim in claims(SITE) if claim.kind == "isolation"}


def test_from_who_is_on_the_trunk_itself_no_member_of_a_vlan_is_claimed_to_be_hidden() -> None:
    """It hears every VLAN, also where another NIC of the host would lead to it."""
    assert ("b", "native") not in PAIRS
    assert ("b", "hv2") in PAIRS


def test_who_is_on_the_trunk_and_in_one_vlan_is_no_stranger_to_that() -> None:
    """A member of a segment reaches it lawfully; of the others it is a stranger."""
    assert ("both", "bob") not in PAIRS
    assert {("both", "ann"), ("native", "bob"), ("native", "ann")} <= PAIRS


def test_what_is_sent_on_the_trunk_itself_comes_out_where_all_of_it_is_bridged() -> None:
    """At members of that segment and at stations, and neither in a VLAN nor at a host's own NIC."""
    spots = around(SITE, "wire")
    assert {Spot("a", "eth0"), Spot("native", "eth0"), Spot("both", "eth1")} <= spots
    assert not spots & {Spot("b", "eth0"), Spot("both", "eth0")}
    assert not {spot.node for spot in spots} & set(SITE.hosts)
