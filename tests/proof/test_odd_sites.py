"""Whole proofs of unusual sites: what is closed is kept, what is open is broken, nothing is in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netproof.apply.signals import Signals
from netproof.cli.proving import prove_in_lab
from netproof.lab.lab import down, up
from netproof.proof.claims import claims
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")
Prove = Callable[[str], dict[str, str]]


def site_in(folder: Path, text: str) -> Site:
    """Return the site that `text` declares, in a file in `folder`."""
    path = folder / "site.yaml"
    path.write_text(f"netproof: 1\n{text}")
    return load_site(str(path))


@pytest.fixture
def prove_site(tmp_path: Path) -> Prove:
    """Prove a site given as text in a lab of its own, and return the verdicts by claim."""

    def prove(text: str) -> dict[str, str]:
        site = site_in(tmp_path, text)
        report, _, _ = prove_in_lab(site, claims(furnished(site)), Signals())
        return {r.claim.id: r.verdict for r in report.results}

    return prove


def not_kept(verdicts: dict[str, str]) -> dict[str, str]:
    """Return those that are not kept."""
    return {claim: verdict for claim, verdict in verdicts.items() if verdict != "kept"}


ONE_FAMILY_EACH = """
site: oddfam
networks:
  infra: {subnets: [192.168.14.0/24, "2001:db8:14::/64"]}
  public: {subnets: [198.51.100.0/24]}
  bare: {}
hosts:
  hv1:
    nics:
      eth1: {network: infra, addresses: [192.168.14.1/24, "2001:db8:14::1/64"]}
      eth2: {network: public}
      eth3: {network: bare}
stations:
  pdu: {network: infra, addresses: [192.168.14.3/24, "2001:db8:14::3/64"]}
segments:
  four: {subnets: [198.51.100.0/24], uplinks: [hv1.eth2], ISOLATION}
  six: {subnets: ["2001:db8:6::/64"], ISOLATION}
  lone: {uplinks: [hv1.eth3], ISOLATION}
  empty: {}
endpoints:
  vm4: {host: hv1, segment: four, addresses: [198.51.100.11/24]}
  anon: {host: hv1, segment: four, guard: {ip: off}}
  vm6: {host: hv1, segment: six, addresses: ["2001:db8:6::1/64"]}
  vm7: {host: hv1, segment: six, addresses: ["2001:db8:6::2/64"]}
"""


def test_who_has_no_address_of_a_family_is_tried_in_it_all_the_same(prove_site: Prove) -> None:
    """Root in an endpoint takes whatever source it needs: no claim is in doubt because the honest one has none."""
    assert not_kept(prove_site(ONE_FAMILY_EACH.replace("ISOLATION", "isolation: auto"))) == {}
    opened = prove_site(ONE_FAMILY_EACH.replace("ISOLATION", "isolation: none"))
    assert "inconclusive" not in opened.values()
    by_anon = {claim.split("/")[3] for claim in not_kept(opened) if claim.startswith("isolation/anon/hv1/")}
    assert by_anon >= {"route", "arp-probe", "neigh-right-mac", "udp-one-way", "ipv6-link-local"}


SAME_ADDRESSES = """
site: oddsame
networks: {infra: {subnets: [10.1.0.0/24]}}
hosts: {hv1: {forward: true, nics: {eth1: {network: infra, addresses: [10.1.0.1/24]}}}}
stations: {pdu: {network: infra, addresses: [10.1.0.2/24]}}
segments: {s: {subnets: [10.1.0.0/24]}, t: {subnets: [10.1.0.0/24]}}
endpoints:
  a: {host: hv1, segment: s, addresses: [10.1.0.1/24], mac: "50:54:33:00:00:0b"}
  b: {host: hv1, segment: s, addresses: [10.1.0.2/24], mac: "50:54:33:00:00:0c"}
  c: {host: hv1, segment: t, addresses: [10.1.0.1/24], mac: "50:54:33:00:00:0b"}
  d: {host: hv1, segment: t, addresses: [10.1.0.2/24], mac: "50:54:33:00:00:0c"}
"""


def test_segments_and_networks_may_share_addresses_and_macs(prove_site: Prove) -> None:
    """Different Ethernets: that a guest bears an address of its host or of its target leaves nothing in doubt."""
    verdicts = prove_site(SAME_ADDRESSES)
    assert not_kept(verdicts) == {}
    by_chance = "isolation/b/hv1/route/ipv4"  # a bears the host's address: which of the two answers first is chance
    assert by_chance not in verdicts
    assert by_chance.replace("route", "arp-who-has") in verdicts


HOST_ON_ITS_UPLINK_NETWORK = """
site: oddlan
networks:
  lan: {subnets: [198.51.100.0/24, "2001:db8:1::/64"]}
  infra: {subnets: [192.168.14.0/24]}
hosts:
  hv1:
    nics:
      eth0: {network: lan, addresses: [198.51.100.1/24, "2001:db8:1::1/64"]}
      eth1: {network: infra, addresses: [192.168.14.1/24]}
      eth2: {network: lan}
  hv2: {nics: {eth0: {network: lan, addresses: [198.51.100.2/24]}}}
segments:
  dmz: {subnets: [198.51.100.0/24, "2001:db8:1::/64"], uplinks: [hv1.eth2], ISOLATION}
endpoints:
  vm1: {host: hv1, segment: dmz, addresses: [198.51.100.11/24, "2001:db8:1::11/64"]}
  vm2: {host: hv1, segment: dmz, addresses: [198.51.100.12/24, "2001:db8:1::12/64"]}
"""


def test_a_host_that_is_on_the_uplink_network_itself_is_reached_there_without_a_breach(prove_site: Prove) -> None:
    """What comes in by a NIC of the host's own came from the network; what comes in by the bridge is a breach still."""
    assert not_kept(prove_site(HOST_ON_ITS_UPLINK_NETWORK.replace("ISOLATION", "isolation: auto"))) == {}
    opened = prove_site(HOST_ON_ITS_UPLINK_NETWORK.replace("ISOLATION", "isolation: none"))
    kept = {c.split("/")[3] for c, v in opened.items() if c.startswith("isolation/vm1/hv1/") and v == "kept"}
    by_guards = {"lldp-to-host", "link-local-group-to-host", "ethertype-to-host", "udp-unspecified"}
    assert by_guards <= kept <= by_guards | {"nd-who-has", "router-advertisement-to-host", "redirect-to-host"}
    assert "isolation/probe.lan/hv1/udp-unspecified/ipv4" in not_kept(opened)


UPLINK_FIRST = """
site: oddfirst
networks: {lan: {subnets: [198.51.100.0/24]}, infra: {subnets: [192.168.14.0/24]}}
hosts:
  hv1:
    nics:
      eth2: {network: lan}
      eth0: {network: lan, addresses: [198.51.100.1/24]}
      eth1: {network: infra, addresses: [192.168.14.1/24]}
  hv2:
    nics:
      eth2: {network: lan}
      eth0: {network: lan, addresses: [198.51.100.2/24]}
      eth1: {network: infra, addresses: [192.168.14.2/24]}
segments: {dmz: {subnets: [198.51.100.0/24], uplinks: [hv1.eth2, hv2.eth2]}}
endpoints:
  vm1: {host: hv1, segment: dmz, addresses: [198.51.100.11/24]}
  vm2: {host: hv2, segment: dmz, addresses: [198.51.100.12/24]}
"""


def test_nothing_is_claimed_of_a_race_between_a_bridge_and_a_nic_beside_it(prove_site: Prove) -> None:
    """Both answer ARP on one Ethernet: where a ping goes is chance, unless the sender says by which MAC it goes."""
    verdicts = prove_site(UPLINK_FIRST)
    assert not_kept(verdicts) == {}
    assert not {c for c in verdicts if "/route/" in c and c.split("/")[2] in {"hv1", "hv2"}}
    assert verdicts.keys() >= {f"isolation/vm1/{hv}/neigh-right-mac/ipv4" for hv in ("hv1", "hv2")}


STATIONS_OF_TWO_NICS = """
site: oddtwin
networks: {lan: {subnets: [198.51.100.0/24]}, infra: {subnets: [192.168.14.0/24]}}
hosts: {hv1: {nics: {eth1: {network: infra, addresses: [192.168.14.1/24]}, eth2: {network: lan}}}}
stations:
  router:
    nics: {eth0: {network: lan, addresses: [198.51.100.254/24]}, eth1: {network: lan, addresses: [198.51.100.253/24]}}
  pdu:
    nics: {eth0: {network: infra, addresses: [192.168.14.3/24]}, eth1: {network: infra, addresses: [192.168.14.4/24]}}
segments: {dmz: {subnets: [198.51.100.0/24], uplinks: [hv1.eth2], ISOLATION}}
endpoints:
  vm1: {host: hv1, segment: dmz, addresses: [198.51.100.11/24]}
  vm2: {host: hv1, segment: dmz, addresses: [198.51.100.12/24]}
"""


def test_a_station_with_two_nics_on_one_ethernet_is_reached_by_either(prove_site: Prove) -> None:
    """It answers ARP for both addresses at both: a packet has arrived at whichever NIC took it."""
    assert not_kept(prove_site(STATIONS_OF_TWO_NICS.replace("ISOLATION", "isolation: auto"))) == {}
    opened = prove_site(STATIONS_OF_TWO_NICS.replace("ISOLATION", "isolation: none"))
    assert "inconclusive" not in opened.values()
    assert not_kept(opened).keys() >= {"isolation/router/hv1/route/ipv4", "isolation/router/hv1/arp-who-has/ipv4"}


def test_a_frame_that_strays_to_another_nic_of_its_receiver_has_not_arrived(tmp_path: Path) -> None:
    """A switch floods what is for a NIC that is down: the other one sees it, and no stack takes it."""
    site = site_in(tmp_path, STATIONS_OF_TWO_NICS.replace("ISOLATION", "isolation: auto"))
    up(site)
    try:
        router, vm1 = "lab.oddtwin.router", "lab.oddtwin.vm1"
        (link,) = json.loads(run("ip", "-n", router, "-j", "link", "show", "eth0"))
        run("ip", "-n", router, "link", "set", "eth0", "down")
        neighbour = ("198.51.100.254", "lladdr", link["address"], "dev", "eth0")
        run("ip", "-n", vm1, "neigh", "replace", *neighbour)
        report, _, _ = prove_in_lab(site, [c for c in claims(furnished(site)) if c.kind == "reach"], Signals())
    finally:
        down(site.name)
    found = {r.claim.id: r for r in report.results}
    strayed = found["reach/vm1/router/echo/ipv4"]
    assert strayed.verdict != "kept"
    assert "4 at router (eth1)" in strayed.evidence  # it did come by


MEMBERS_OF_MANY_SUBNETS = """
site: oddnets
networks:
  public: {subnets: [198.51.100.0/24]}
  infra: {subnets: [192.168.14.0/24]}
hosts:
  hv1: {forward: true, nics: {eth1: {network: infra, addresses: [192.168.14.1/24]}, eth2: {network: public}}}
stations:
  router:
    forward: true
    nics:
      eth0: {network: public, addresses: [198.51.100.254/24]}
      eth1: {network: infra, addresses: [192.168.14.254/24]}
segments:
  s: {subnets: [10.1.0.0/24, "2001:db8:1::/64", "2001:db8:2::/64"], uplinks: [hv1.eth2], ISOLATION}
endpoints:
  a: {host: hv1, segment: s, addresses: [10.1.0.1/24, "2001:db8:1::1/64"]}
  b: {host: hv1, segment: s, addresses: [10.1.0.2/32, "2001:db8:2::1/64"]}
"""


def test_members_of_different_subnets_reach_each_other_and_nobody_behind_the_host(prove_site: Prove) -> None:
    """One Ethernet is enough to talk; a neighbour that stands behind the host too is not reached through the host."""
    closed = prove_site(MEMBERS_OF_MANY_SUBNETS.replace("ISOLATION", "isolation: auto"))
    assert not_kept(closed) == {}
    assert closed.keys() >= {"reach/a/b/echo/ipv6", "reach/b/a/echo/ipv4", "reach/router/b/echo/ipv4"}
    opened = prove_site(MEMBERS_OF_MANY_SUBNETS.replace("ISOLATION", "isolation: none"))
    assert {i for i in opened if "/router/" in i and i.startswith("isolation/a/")} == {
        "isolation/a/router/route/ipv4",
        "isolation/a/router/udp-one-way/ipv4",
        "isolation/a/router/unknown-unicast/l2",
    }
    assert "inconclusive" not in opened.values()


TWO_SEGMENTS = """
site: oddtwo
hosts: {hv1: {nics: {}}}
segments: {s: {subnets: [10.1.0.0/24]}, t: {subnets: [10.2.0.0/24]}}
endpoints:
  a: {host: hv1, segment: s, addresses: [10.1.0.1/24]}
  b: {host: hv1, segment: s, addresses: [10.1.0.2/24]}
  c: {host: hv1, segment: t, addresses: [10.2.0.1/24]}
  d: {host: hv1, segment: t, addresses: [10.2.0.2/24]}
"""


def test_silence_of_broadcasts_proves_nothing_where_none_arrive_at_all(tmp_path: Path) -> None:
    """The ends must hear a broadcast of their own: that unicast gets through says nothing about broadcasts."""
    site = site_in(tmp_path, TWO_SEGMENTS)
    up(site)
    try:
        for endpoint in "abcd":
            port = ("dev", f"oddtwo-{endpoint}", "bcast_flood", "off", "mcast_flood", "off")
            run("ip", "netns", "exec", "lab.oddtwo.hv1", "bridge", "link", "set", *port)
        report, _, _ = prove_in_lab(site, [c for c in claims(furnished(site)) if c.to == "t"], Signals())
    finally:
        down(site.name)
    assert {r.claim.class_: r.verdict for r in report.results} == {
        "broadcast-frame": "inconclusive",
        "udp-one-way": "kept",
    }
