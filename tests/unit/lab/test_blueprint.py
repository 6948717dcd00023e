"""The hardware of a lab, as objects."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

from netproof.lab.blueprint import BARE, hardware, wires
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import DeclaredRoute, Host, Nic, PhysicalNetwork, Station, Vlan
from netproof.site.segments import Segment, Uplink
from netproof.state.bridging import Port
from netproof.state.kinds import RANK
from netproof.state.layer3 import Address, Route, Sysctl
from netproof.state.links import Bridge, Mac, Mtu, Up, Veth
from netproof.state.namespace import Namespace

SITE = Site(
    "tiny",
    networks={n: PhysicalNetwork(n) for n in ("public", "infra")},
    hosts={
        "hv1": Host("hv1", (Nic("eth1", "infra", (ip_interface("192.168.14.1/24"),)), Nic("eth2", "public"))),
    },
    stations={
        "pdu": Station(
            "pdu",
            (Nic("eth0", "infra", (ip_interface("192.168.14.3/24"),), (ip_address("192.168.14.1"),)),),
            routes=(DeclaredRoute(ip_network("10.0.0.0/8"), ip_address("192.168.14.1")),),
        )
    },
    segments={"dmz": Segment("dmz", uplinks=(Uplink("hv1", "eth2"),))},
    endpoints={"vm1": Endpoint("vm1", "hv1", "dmz", "02:00:00:00:00:01", (ip_interface("198.51.100.11/24"),))},
)


def test_hardware_has_a_namespace_for_every_node() -> None:
    """Networks, hosts, stations and endpoints are all nodes."""
    found = {n.netns for n in hardware(SITE, "lab").of(Namespace)}
    assert found == {f"lab.tiny.{n}" for n in ("public", "infra", "hv1", "pdu", "vm1")}


def test_hardware_lies_in_named_namespaces_only() -> None:
    """Nothing of a lab is ever made in the machine's own namespace."""
    assert all(thing.netns.startswith("twin.tiny.") for thing in hardware(SITE, "twin").values())


def test_hardware_needs_nothing_that_it_does_not_hold() -> None:
    """Every object's needs are provided by another, of an earlier kind."""
    state = hardware(SITE, "lab")
    makers = {key: thing for thing in state.values() for key in thing.provides()}
    for thing in state.values():
        for key in thing.needs():
            assert RANK[type(makers[key])] < RANK[type(thing)], (thing, key)


def test_host_nics_are_plugged_and_otherwise_bare() -> None:
    """A host's NICs are wired and down, without addresses: those are the business of apply."""
    state = hardware(SITE, "lab")
    wired = {(v.netns, v.peer_ifname) for v in state.of(Veth) if v.peer_netns == "lab.tiny.hv1"}
    assert wired == {("lab.tiny.infra", "eth1"), ("lab.tiny.public", "eth2")}
    assert {up.ifname for up in state.of(Up) if up.netns == "lab.tiny.hv1"} == {"lo"}
    assert not [a for a in state.of(Address) if a.netns == "lab.tiny.hv1"]


def test_endpoint_gets_a_bare_namespace() -> None:
    """An endpoint's interface is made by the apply of its host."""
    things = [t for t in hardware(SITE, "lab").values() if t.netns == "lab.tiny.vm1"]
    assert {type(t) for t in things} == {Namespace, Sysctl}


def test_station_is_configured() -> None:
    """A station has its addresses, default route and routes, and is up."""
    state = hardware(SITE, "lab")
    here = [t for t in state.values() if t.netns == "lab.tiny.pdu"]
    assert Address("lab.tiny.pdu", "eth0", "192.168.14.3/24", nodad=True) in here
    assert Route("lab.tiny.pdu", "0.0.0.0/0", "192.168.14.1", "eth0") in here
    assert Route("lab.tiny.pdu", "10.0.0.0/8", "192.168.14.1", "eth0") in here
    assert {Up("lab.tiny.pdu", "lo"), Up("lab.tiny.pdu", "eth0")} <= set(here)


def test_station_that_forwards_does_so_in_both_families() -> None:
    """`forward: true` of a station wins over the bare settings."""
    pdu = replace(SITE.stations["pdu"], forward=True)
    state = hardware(replace(SITE, stations={"pdu": pdu}), "lab")
    values = {t.name: t.value for t in state.of(Sysctl) if t.netns == "lab.tiny.pdu"}
    assert values["net/ipv4/conf/all/forwarding"] == values["net/ipv6/conf/all/forwarding"] == "1"
    assert BARE["net/ipv4/conf/all/forwarding"] == "0"


def test_switch_is_mute_and_does_not_filter() -> None:
    """A network's namespace has br_netfilter and IPv6 off, and a bridge that snoops nothing."""
    state = hardware(SITE, "lab")
    values = {t.name: t.value for t in state.of(Sysctl) if t.netns == "lab.tiny.infra"}
    assert {v for k, v in values.items() if "bridge-nf-call" in k} == {"0"}
    assert values["net/ipv6/conf/all/disable_ipv6"] == "1"
    assert [(b.mcast_snooping, b.stp) for b in state.of(Bridge)] == [(False, False)] * 2
    assert {(p.ifname, p.bridge) for p in state.of(Port) if p.netns == "lab.tiny.infra"} == {
        ("0-hv1", "br0"),
        ("1-pdu", "br0"),
    }


def test_wires_carry_the_mtu_of_their_network_and_the_declared_mac() -> None:
    """Both ends have the network's MTU, but for a NIC that declares its own; a declared MAC is used."""
    nic = Nic("eth0", "infra", mac="50:54:33:00:00:0b", mtu=1400)
    site = replace(
        SITE,
        networks={**SITE.networks, "infra": PhysicalNetwork("infra", mtu=1600)},
        stations={"pdu": Station("pdu", (nic,))},
    )
    state = hardware(site, "lab")
    assert {(m.netns, m.ifname, m.mtu) for m in state.of(Mtu)} == {
        ("lab.tiny.infra", "0-hv1", 1600),
        ("lab.tiny.hv1", "eth1", 1600),
        ("lab.tiny.infra", "1-pdu", 1600),
        ("lab.tiny.pdu", "eth0", 1400),
    }
    assert Mac("lab.tiny.pdu", "eth0", "50:54:33:00:00:0b") in state.values()


def test_long_names_give_ports_that_differ() -> None:
    """Two nodes whose names differ only late still get ports of two names, which the kernel accepts."""
    names = ("a-station-with-a-long-name-1", "a-station-with-a-long-name-2")
    site = replace(SITE, stations={n: Station(n, (Nic("eth0", "infra"),)) for n in names})
    ports = [port for port, node, _ in wires(site) if node.name in names]
    assert len(set(ports)) == 2
    assert max(map(len, ports)) <= 15


def test_twin_is_the_same_hardware_under_other_names() -> None:
    """MACs and names inside are those of the lab, so that the same bytes mean the same."""
    lab = sorted(map(str, hardware(SITE, "lab").values()))
    twin = sorted(str(t).replace("twin.tiny.", "lab.tiny.") for t in hardware(SITE, "twin").values())
    assert lab == twin


def test_switch_of_a_trunk_learns_no_macs() -> None:
    """One MAC may be in two of its VLANs, at different places; the switch of one VLAN learns, and so do all others."""
    vlan = PhysicalNetwork("public.30", vlan=Vlan("public", 30))
    far = Station("far", (Nic("eth0", "public.30"),))
    site = replace(SITE, networks={**SITE.networks, vlan.name: vlan}, stations={**SITE.stations, "far": far})
    learning = {(p.netns, p.ifname): p.learning for p in hardware(site, "lab").of(Port)}
    assert learning == {
        ("lab.tiny.public", "0-hv1"): False,
        ("lab.tiny.public", "vlan30"): False,
        ("lab.tiny.public.30", "trunk.30"): True,
        ("lab.tiny.public.30", "0-far"): True,
        ("lab.tiny.infra", "0-hv1"): True,
        ("lab.tiny.infra", "1-pdu"): True,
    }
