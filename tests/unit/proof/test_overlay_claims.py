"""Claims of stretched segments: who tries which door of the overlay, and how large a packet is to pass."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netproof.proof.claims import claims
from netproof.proof.mtus import full_size
from netproof.proof.story import not_claimed
from netproof.proof.transports import doors
from netproof.proof.vxlan import Fabric, wrapped
from netproof.site.endpoints import Endpoint, Guard
from netproof.site.furnished import furnished
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, PhysicalNetwork, Station
from netproof.site.segments import Overlay, Segment, Uplink

CORE = "2001:db8:1::"


def host(number: int, *, ipv6: bool = False, mtu: int | None = None) -> Host:
    """A host whose VTEP is on its only NIC."""
    address = ip_interface(f"{CORE}{number}/64" if ipv6 else f"203.0.113.{number}/24")
    return Host(f"hv{number}", (Nic("eth0", "core", (address,), mtu=mtu),), vteps=(address.ip,))


def endpoint(name: str, on: int, segment: str, last: int, guard: Guard = Guard()) -> Endpoint:  # noqa: B008  # frozen
    """An endpoint with an address of each family; tenants share addresses and MACs."""
    addresses = (ip_interface(f"192.0.2.{last}/24"), ip_interface(f"2001:db8:2::{last}/64"))
    return Endpoint(name, f"hv{on}", segment, f"50:54:33:00:00:{last:02x}", addresses, guard=guard)


def tenants(*, ipv6: bool = False) -> Site:
    """Two tenants with the same addresses and MACs, stretched over three and two hosts."""
    subnets = (ip_network("192.0.2.0/24"), ip_network("2001:db8:2::/64"))
    blue = Segment("blue", subnets, vni=100, overlay=Overlay("static-l2"))
    red = Segment("red", subnets, vni=200, overlay=Overlay("flood"), udp_port=8472)
    each = [endpoint(f"b{i}", i, "blue", 10 + i) for i in (1, 2, 3)] + [
        endpoint(f"r{i}", i, "red", 10 + i) for i in (1, 2)
    ]
    network = PhysicalNetwork("core", (ip_network(f"{CORE}/64" if ipv6 else "203.0.113.0/24"),), 1600)
    hosts = {f"hv{i}": host(i, ipv6=ipv6) for i in (1, 2, 3)}
    site = Site("demo", "", {"core": network}, hosts, {}, {"blue": blue, "red": red}, {e.name: e for e in each})
    return furnished(site)


def ids(site: Site, kind: str) -> set[str]:
    """Return what comes behind the kind in the ids of the claims of that kind."""
    return {c.id.partition("/")[2] for c in claims(site) if c.kind == kind}


@pytest.mark.parametrize("ipv6", [False, True])
def test_every_station_on_the_underlay_tries_every_door(ipv6: bool) -> None:
    """Per VTEP and VNI, in the family of the underlay alone: in the other no socket listens. So do a host's guests.

    These try the doors of segments that they are not in.
    """
    family = "ipv6" if ipv6 else "ipv4"
    by_guests = {("b1", "red@hv1"), ("b2", "red@hv2"), ("r1", "blue@hv1"), ("r2", "blue@hv2")}
    by_stations = {("probe.core", door) for door in ("blue@hv1", "blue@hv2", "blue@hv3", "red@hv1", "red@hv2")}
    assert ids(tenants(ipv6=ipv6), "transport") == {
        f"{who}/{door}/{forged}/{family}"
        for who, door in by_guests | by_stations
        for forged in ("vxlan-forged", "vxlan-forged-broadcast", "vxlan-forged-tagged")
    }


def test_nobody_tries_a_door_from_a_network_beside_the_underlay() -> None:
    """A station elsewhere is no neighbour of the VTEP."""
    site = tenants()
    far = Station("far", (Nic("eth0", "aside", (ip_interface("10.0.0.1/24"),)),))
    wide = replace(
        site, networks={**site.networks, "aside": PhysicalNetwork("aside")}, stations={**site.stations, "far": far}
    )
    assert ids(wide, "transport") == ids(site, "transport")


def test_full_frames_are_claimed_between_endpoints_on_different_hosts() -> None:
    """Both ways and in both families, of one full and one byte more; never between tenants or on one host."""
    site = tenants()
    assert ids(site, "mtu") == {
        f"{a}/{b}/{size}/{family}"
        for group in (("b1", "b2", "b3"), ("r1", "r2"))
        for a in group
        for b in group
        if a != b
        for size in ("full-frame", "over-full")
        for family in ("ipv4", "ipv6")
    }
    near = replace(site, endpoints={**site.endpoints, "b4": endpoint("b4", 3, "blue", 14)})
    assert "b1/b4/full-frame/ipv4" in ids(near, "mtu")
    assert "b3/b4/full-frame/ipv4" not in ids(near, "mtu")


def test_tagged_frames_are_sized_where_an_endpoint_may_tag() -> None:
    """The guard's word is what makes the claim, and what makes the segment four bytes smaller."""
    site = tenants()
    free = replace(site, endpoints={**site.endpoints, "b1": endpoint("b1", 1, "blue", 11, Guard(vlan=False))})
    assert ids(free, "mtu") - ids(site, "mtu") == {
        f"b1/{to}/{size}/l2" for to in ("b2", "b3") for size in ("full-frame-tagged", "over-full-tagged")
    }
    assert (full_size(site, "blue"), full_size(free, "blue")) == (1550, 1546)


def test_full_size_is_the_least_of_all_hosts_and_uplinks() -> None:
    """Less 50 on IPv4 and 70 on IPv6; one narrow NIC or one narrow uplink makes all of the segment narrow."""
    assert full_size(tenants(ipv6=True), "blue") == 1530
    site = tenants()
    narrow = replace(site, hosts={**site.hosts, "hv2": host(2, mtu=1500)})
    assert full_size(narrow, "blue") == 1450
    hv3 = replace(site.hosts["hv3"], nics=(*site.hosts["hv3"].nics, Nic("eth1", "lan")))
    blue = replace(site.segments["blue"], uplinks=(Uplink("hv3", "eth1"),))
    bridged = replace(
        site,
        networks={**site.networks, "lan": PhysicalNetwork("lan", mtu=1400)},
        hosts={**site.hosts, "hv3": hv3},
        segments={**site.segments, "blue": blue},
    )
    assert full_size(bridged, "blue") == 1400


def test_a_remote_host_is_reached_by_all_but_what_stays_on_a_port() -> None:
    """An endpoint tries every host of its segment; link-local groups and LLDP do not cross the overlay."""
    towards = {i.split("/")[2] for i in ids(tenants(), "isolation") if i.startswith("b1/hv1/")}
    away = {i.split("/")[2] for i in ids(tenants(), "isolation") if i.startswith("b1/hv3/")}
    assert towards - away == {"lldp-to-host", "link-local-group-to-host"}
    assert {"route", "arp-who-has", "ipv6-link-local", "neigh-broadcast-mac"} <= away
    assert not {i for i in ids(tenants(), "isolation") if i.startswith("r1/hv3/")}


def test_tenants_with_the_same_addresses_are_claimed_apart() -> None:
    """Different Ethernets: every member of one and the other segment, both ways."""
    found = {i for i in ids(tenants(), "isolation") if i.split("/")[1] in ("blue", "red")}
    assert {(i.split("/")[0], i.split("/")[1]) for i in found} == {
        *((f"b{i}", "red") for i in (1, 2, 3)),
        *((f"r{i}", "blue") for i in (1, 2)),
    }


def test_the_report_says_what_an_underlay_lets_anybody_do() -> None:
    """Forged VTEP addresses are not claimed, by the name of the network."""
    assert "vtep-address forgery on core: no encryption" in not_claimed(tenants())


def test_what_a_tunnel_carries_is_known_by_both_its_ends() -> None:
    """Only from VTEP to VTEP, at the segment's port: what a station forged is none."""
    fabric = Fabric.of(tenants())

    def frame(source: str, target: str, port: int) -> bytes:
        head = b"\x45" + bytes(8) + b"\x11" + bytes(2) + ip_address(source).packed + ip_address(target).packed
        return (
            bytes(12) + b"\x08\x00" + head + b"\xff\xff" + port.to_bytes(2, "big") + bytes(4) + wrapped(100, b"x" * 60)
        )

    assert fabric.carries(frame("203.0.113.1", "203.0.113.2", 4789))
    assert fabric.carries(frame("203.0.113.1", "203.0.113.2", 8472))
    assert not fabric.carries(frame("203.0.113.9", "203.0.113.2", 4789))
    assert not fabric.carries(frame("203.0.113.1", "203.0.113.9", 4789))
    assert not fabric.carries(frame("203.0.113.1", "203.0.113.2", 46339))


def test_doors_are_named_by_segment_and_host() -> None:
    """No declared name has an @, so that no door is ever taken for a host or a segment."""
    assert [d.name for d in doors(tenants())] == ["blue@hv1", "blue@hv2", "blue@hv3", "red@hv1", "red@hv2"]
