"""What a strategy writes down of the others, and who may send to the device, from a context alone."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from netproof.overlays.door import door
from netproof.overlays.overhead import overhead
from netproof.overlays.strategy import OverlayContext, RemoteEndpoint, Strategy
from netproof.registry import variants
from netproof.state.bridging import FdbEntry, Port
from netproof.state.tunnels import ALL_ZERO, RemoteEntry, Vxlan
from netproof.values.address import Address

NEAR, FAR, FARTHER = (ip_address(f"203.0.113.{n}") for n in (1, 2, 10))
MAC = "50:54:33:00:00:0b"
CONTEXT = OverlayContext(
    site="s",
    segment="a",
    vni=100,
    udp_port=4789,
    ifname="s-a.vx",
    mac="02:00:00:00:00:01",
    bridge="s-a",
    mtu=1550,
    underlay="eth0",
    local_vtep=NEAR,
    remote_vteps=(FAR, FARTHER),
    remote_endpoints=(RemoteEndpoint(MAC, (), FARTHER),),
    group=ip_address("239.1.1.1"),
    ttl=5,
)
STRATEGIES: dict[str, Strategy] = variants("netproof.overlays", "STRATEGY")


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_strategy_makes_one_device_and_its_port(name: str) -> None:
    """Every strategy yields the device with what the site fixed of it, as a port of the segment's bridge."""
    objects = list(STRATEGIES[name].objects(CONTEXT))
    (device,) = (thing for thing in objects if isinstance(thing, Vxlan))
    (port,) = (thing for thing in objects if isinstance(thing, Port))
    assert (device.ifname, device.mac, device.vni, device.local) == ("s-a.vx", "02:00:00:00:00:01", 100, str(NEAR))
    assert (port.ifname, port.bridge, port.isolated) == ("s-a.vx", "s-a", False)


def flooded(name: str) -> list[str]:
    return [e.vtep for e in STRATEGIES[name].objects(CONTEXT) if isinstance(e, RemoteEntry) and e.mac == ALL_ZERO]


@pytest.mark.parametrize("name", ["flood", "static-l2"])
def test_flood_list_has_every_remote_vtep(name: str) -> None:
    """What is for everybody is sent to each of them, once."""
    assert flooded(name) == [str(FAR), str(FARTHER)]


def test_flood_learns_at_the_device_and_at_its_port() -> None:
    """Nothing but the flood list is written: the kernel learns the rest."""
    device, port, *entries = STRATEGIES["flood"].objects(CONTEXT)
    assert isinstance(device, Vxlan) and device.learning
    assert isinstance(port, Port) and port.learning
    assert len(entries) == 2


def test_static_l2_writes_every_remote_mac_and_learns_nothing() -> None:
    """A remote endpoint is behind its VTEP and behind the device's port, and nothing that is heard changes it."""
    objects = list(STRATEGIES["static-l2"].objects(CONTEXT))
    assert RemoteEntry("", "s-a.vx", MAC, str(FARTHER)) in objects
    assert FdbEntry("", "s-a.vx", MAC, sticky=True) in objects
    assert not any(thing.learning for thing in objects if isinstance(thing, Vxlan | Port))


def test_static_l2_lets_the_bridge_find_stations_beyond() -> None:
    """Where an uplink is on another host, the bridge alone learns: what is for a station goes to no local port."""
    objects = list(STRATEGIES["static-l2"].objects(replace(CONTEXT, stations_beyond=True)))
    assert [thing.learning for thing in objects if isinstance(thing, Vxlan | Port)] == [False, True]


@pytest.mark.parametrize(
    ("family", "tagged", "bytes_"), [("ipv4", False, 50), ("ipv4", True, 54), ("ipv6", False, 70), ("ipv6", True, 74)]
)
def test_overhead_is_what_the_headers_take(family: str, tagged: bool, bytes_: int) -> None:
    """Outer IP, UDP, VXLAN and inner Ethernet; a tag is four more."""
    assert overhead("ipv4" if family == "ipv4" else "ipv6", tagged=tagged) == bytes_


def rules(local: Address, *remote: Address, group: Address | None = None) -> tuple[str, ...]:
    return door(replace(CONTEXT, local_vtep=local, remote_vteps=remote, group=group)).rules


def test_door_lets_in_the_other_vteps_alone() -> None:
    """Source and destination are both asked for; whoever else speaks of this VNI at this port is dropped."""
    assert rules(NEAR, FARTHER, FAR) == (
        "udp dport 4789 @th,96,24 0x64 ip saddr { 203.0.113.2, 203.0.113.10 } ip daddr 203.0.113.1 accept",
        "udp dport 4789 @th,96,24 0x64 drop",
    )
    assert rules(NEAR) == ("udp dport 4789 @th,96,24 0x64 drop",)


def test_door_takes_what_is_for_the_group() -> None:
    """A multicast packet is sent to the group, not to the VTEP."""
    assert rules(NEAR, FAR, group=ip_address("239.1.1.1"))[0].endswith(
        "ip saddr 203.0.113.2 ip daddr { 203.0.113.1, 239.1.1.1 } accept"
    )


def test_door_of_ipv6_refuses_fragments_that_hide_the_vni() -> None:
    """At this hook IPv6 is not reassembled: other VNIs pass, and what shows none is dropped if it is a fragment."""
    near, far = ip_address("2001:db8::1"), ip_address("2001:db8::2")
    assert rules(near, far) == (
        "udp dport 4789 @th,96,24 != 0x64 accept",
        "udp dport 4789 @th,96,24 0x64 ip6 saddr 2001:db8::2 ip6 daddr 2001:db8::1 accept",
        "udp dport 4789 @th,96,24 0x64 drop",
        "udp dport 4789 exthdr frag exists drop",
    )
