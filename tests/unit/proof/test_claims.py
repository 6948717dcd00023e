"""Which claims a site makes: against golden ids written by hand, and case by case where a class cannot exist."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface, ip_network
from pathlib import Path

import pytest

from netproof.proof.claims import claims, probes
from netproof.site.endpoints import Guard
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, PhysicalNetwork, Station
from netproof.site.opened import opened
from netproof.site.segments import Segment, Uplink

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "bridge-isolation"
GOLDEN = ROOT / "tests" / "cases" / "claims"


@pytest.fixture
def site() -> Site:
    """The example."""
    return load_site(EXAMPLE / "site.yaml")


def ids(site: Site) -> set[str]:
    """Return the ids of the site's claims."""
    return {claim.id for claim in claims(site)}


@pytest.mark.parametrize("case", sorted(p.name for p in GOLDEN.iterdir()))
def test_claims_of_an_example_are_those_written_by_hand(case: str) -> None:
    """Every example makes exactly the claims of its golden file, each once, in order."""
    found = [claim.id for claim in claims(furnished(load_site(ROOT / "examples" / case / "site.yaml")))]
    assert found == sorted(set(found))
    assert found == (GOLDEN / case / "ids.txt").read_text().split()


def test_claims_are_the_same_however_a_segment_is_isolated(site: Site) -> None:
    """What must hold does not depend on how it is to be held."""
    assert ids(site) == ids(replace(site, segments=opened(site).segments))


def test_claims_do_not_depend_on_the_order_of_the_file(site: Site) -> None:
    """The same things in another order make the same claims."""
    turned = replace(
        site,
        endpoints=dict(reversed(site.endpoints.items())),
        stations=dict(reversed(site.stations.items())),
        networks=dict(reversed(site.networks.items())),
    )
    assert claims(turned) == claims(site)


@pytest.mark.parametrize(
    ("item", "gone"),
    [
        ("ip", {"ip-spoof", "icmp-redirect"}),
        ("arp", {"arp-reply", "arp-gratuitous"}),
        ("nd", {"nd-advertisement"}),
        ("ra", {"router-advertisement"}),
        ("dhcp", {"dhcp-server"}),
        ("vlan", {"vlan-tag"}),
        ("ethertype", {"ethertype"}),
        ("linklocal", {"lldp-to-host", "link-local-group-to-host", "stp-bpdu"}),
    ],
)
def test_a_guard_let_go_takes_its_claims_away(site: Site, item: str, gone: set[str]) -> None:
    """What the site says `off` to is not claimed for that endpoint, and still is for the others."""
    vm1 = replace(site.endpoints["vm1"], guard=Guard(**{item: False}))
    less = replace(site, endpoints={**site.endpoints, "vm1": vm1})
    lost = ids(site) - ids(less)
    assert {i.split("/")[3] for i in lost} == gone
    assert {i.split("/")[1] for i in lost} == {"vm1"}
    assert ids(less) <= ids(site)


def test_mac_let_go_is_no_victim_any_more_but_a_thief(site: Site) -> None:
    """Nobody steals from who may have any MAC; and whoever may could steal from the one beside it."""
    vm1 = replace(site.endpoints["vm1"], guard=Guard(mac=False))
    less = replace(site, endpoints={**site.endpoints, "vm1": vm1})
    thefts = {f"identity/{{}}/{name}/l2" for name in ("mac-theft", "after-mac-theft")}
    spoofs = {f"identity/vm1/{to}/mac-spoof/l2" for to in ("vm2", "router")}
    assert ids(site) - ids(less) == spoofs | {i.format("router/vm1") for i in thefts}
    assert ids(less) - ids(site) == {i.format("vm1/vm2") for i in thefts}


def test_ipv6_claims_need_an_address_but_for_what_a_bare_bridge_answers(site: Site) -> None:
    """A host without a global address keeps the classes that reach a bridge without one."""
    hv1 = site.hosts["hv1"]
    bare = replace(hv1, nics=(replace(hv1.nic("eth1"), addresses=(ip_interface("192.168.14.1/24"),)), hv1.nic("eth2")))
    left = {i for i in ids(replace(site, hosts={"hv1": bare})) if i.startswith("isolation/vm1/hv1/") and "ipv6" in i}
    to_the_bridge = {"ipv6-all-nodes", "ipv6-link-local", "nd-who-has", "router-advertisement-to-host"}
    to_the_bridge |= {"redirect-to-host", "options-to-host", "fragments-to-host", "group-to-host"}
    assert left == {f"isolation/vm1/hv1/{name}/ipv6" for name in to_the_bridge}


def two_segments(*, shared: bool) -> Site:
    """Two segments on one host, each with an uplink, into one network or into two."""
    networks = {n: PhysicalNetwork(n, (ip_network("192.0.2.0/24"),)) for n in ("a", "b")}
    other = "a" if shared else "b"
    host = Host("h", (Nic("eth0", "a"), Nic("eth1", other)))
    segments = {
        s: Segment(s, (ip_network("192.0.2.0/24"),), (Uplink("h", nic),)) for s, nic in (("s", "eth0"), ("t", "eth1"))
    }
    router = Station("r", (Nic("eth0", "a", (ip_interface("192.0.2.9/24"),)),))
    return furnished(Site("two", "", networks, {"h": host}, {"r": router}, segments))


def test_segments_are_claimed_apart_from_every_member() -> None:
    """Endpoints and uplink stations of one segment do not reach another."""
    apart = {i for i in ids(two_segments(shared=False)) if i.startswith("isolation/") and i.split("/")[2] in ("s", "t")}
    assert {(i.split("/")[1], i.split("/")[2]) for i in apart} == {
        ("probe.s", "t"),
        ("r", "t"),
        ("probe.t", "s"),
        ("probe.b", "s"),
    }
    assert {i.split("/", 3)[3] for i in apart} == {"broadcast-frame/l2", "udp-one-way/ipv4"}


def test_segments_joined_by_a_network_are_not_claimed_apart() -> None:
    """Two segments bridged into one network are one Ethernet by declaration."""
    assert not {i for i in ids(two_segments(shared=True)) if i.split("/")[2] in ("s", "t")}


def test_an_uplink_station_that_also_stands_behind_the_host_is_a_target_there(site: Site) -> None:
    """It is a neighbour at one NIC; at the other nobody reaches it through the host."""
    router = site.stations["router"]
    second = Nic("eth1", "infra", (ip_interface("192.168.14.9/24"),))
    wide = replace(site, stations={**site.stations, "router": replace(router, nics=(*router.nics, second))})
    assert {i for i in ids(wide) if i.startswith("isolation/vm1/router/")} == {
        "isolation/vm1/router/route/ipv4",
        "isolation/vm1/router/udp-one-way/ipv4",
        "isolation/vm1/router/unknown-unicast/l2",
    }
    assert not {i for i in ids(wide) if i.startswith("isolation/router/router/")}
    assert "reach/router/hv1/echo/ipv4" in ids(wide)
    assert "isolation/router/hv1/route/ipv4" in ids(wide)
    assert "isolation/router/pdu/route/ipv4" in ids(wide)


def test_members_may_talk_whatever_their_subnets(site: Site) -> None:
    """An address of the family is all that a claim to reach needs between members of one segment."""
    vm1 = replace(site.endpoints["vm1"], addresses=(ip_interface("10.9.9.9/32"),))
    other = replace(site, endpoints={**site.endpoints, "vm1": vm1})
    reach = {i for i in ids(other) if i.startswith("reach/") and "vm1" in i}
    assert reach == {
        f"reach/{a}/{b}/echo/ipv4" for a, b in [("vm1", "vm2"), ("vm2", "vm1"), ("vm1", "router"), ("router", "vm1")]
    }


def test_nothing_is_claimed_of_a_segment_without_members(site: Site) -> None:
    """Nobody is there to hear."""
    wide = replace(site, segments={**site.segments, "empty": Segment("empty")})
    assert ids(furnished(wide)) == ids(site)


def test_every_probe_class_says_what_it_is() -> None:
    """Each class has a docstring for operators and a sentence that tells how its packet gets there."""
    for name, probe in probes().items():
        module = __import__(f"netproof.proof.classes.{name.replace('-', '_')}", fromlist=["PROBE"])
        assert module.PROBE is probe
        assert len(module.__doc__) > 60, name
        assert probe.by, name
