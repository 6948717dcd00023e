"""What each isolation method closes and leaves open, seen at the host's own sockets.

::

    guest g1 ────── p1 ┐
                       ├ b0 ── the host's IP stack: 192.0.2.1 and 2001:db8:a::1 on lo, no address on b0
    victim v1 ───── p2 ┘
"""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from itertools import combinations
from pathlib import Path
from struct import pack, unpack_from

import pytest

from guard.frames import (
    ARP,
    DST,
    IP4,
    IP6,
    LL,
    NO_ADDRESS,
    OTHER4,
    UDP,
    V4,
    V6,
    Frame,
    arp,
    ether,
    ext,
    ip4_packet,
    ip6,
    mac,
)
from guard.scene import Scene, settled
from netproof.isolation.choice import left_open, methods
from netproof.isolation.method import ALL_WAYS, BridgeContext
from netproof.kernel.capabilities import capabilities
from netproof.kernel.netns import entered
from netproof.state.bridging import NoArp, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain
from netproof.state.layer3 import Rule, Sysctl
from netproof.values.address import link_local_of
from shell import run

pytestmark = pytest.mark.needs("netns", "nft", "tc")

HOST4, HOST6, PORT = "192.0.2.1", "2001:db8:a::1", 4001
MDNS4, MDNS6, EXPERIMENTAL = "224.0.0.251", "ff02::fb", 0x88B5
DROP_ALL = "1,6 0 0 2"  # return TC_ACT_SHOT


def udp4(way: str, src: str = IP4, dst: str = HOST4) -> bytes:
    return ip4_packet(pack("!HHHH", PORT, PORT, 8 + len(way), 0) + way.encode(), src, dst)


def udp6(way: str, dst: str = HOST6, src: str = IP6) -> bytes:
    text = way.encode() + b"\0" * (len(way) % 2)
    length = 8 + len(text)
    pseudo = IPv6Address(src).packed + IPv6Address(dst).packed + pack("!II", length, UDP)
    words = pseudo + pack("!HHHH", PORT, PORT, length, 0) + text
    total = sum(int.from_bytes(words[i : i + 2]) for i in range(0, len(words), 2))
    checksum = 0xFFFF - (total % 0xFFFF)
    return ip6(pack("!HHHH", PORT, PORT, length, checksum) + text, src=src, dst=dst, nexthdr=UDP)


def optional(packet: bytes) -> bytes:
    """Return the IPv6 packet with destination options before its payload."""
    (length,) = unpack_from("!H", packet, 4)
    return packet[:4] + pack("!HB", length + 8, DST) + packet[7:40] + ext(packet[6]) + packet[40:]


def frames(bridge_mac: str) -> dict[str, bytes]:
    """Return a frame for each way that can be gone by one frame."""
    all_nodes, link_local = "33:33:00:00:00:01", str(link_local_of(bridge_mac))
    return {
        "neigh-right-mac/ipv4": ether(udp4("neigh-right-mac/ipv4"), V4, bridge_mac),
        "neigh-broadcast-mac/ipv4": ether(udp4("neigh-broadcast-mac/ipv4"), V4),
        "neigh-multicast-mac/ipv4": ether(udp4("neigh-multicast-mac/ipv4"), V4, "01:00:5e:00:00:01"),
        "udp-unspecified/ipv4": ether(udp4("udp-unspecified/ipv4", NO_ADDRESS, "255.255.255.255"), V4),
        "neigh-right-mac/ipv6": ether(udp6("neigh-right-mac/ipv6"), V6, bridge_mac),
        "neigh-broadcast-mac/ipv6": ether(udp6("neigh-broadcast-mac/ipv6"), V6),
        "neigh-multicast-mac/ipv6": ether(udp6("neigh-multicast-mac/ipv6"), V6, all_nodes),
        "ipv6-all-nodes/ipv6": ether(udp6("ipv6-all-nodes/ipv6", "ff02::1", LL), V6, all_nodes),
        "ipv6-link-local/ipv6": ether(udp6("ipv6-link-local/ipv6", link_local, LL), V6, bridge_mac),
        "group-to-host/ipv4": ether(udp4("group-to-host/ipv4", dst=MDNS4), V4, "01:00:5e:00:00:fb"),
        "group-to-host/ipv6": ether(udp6("group-to-host/ipv6", MDNS6, LL), V6, "33:33:00:00:00:fb"),
        "options-to-host/ipv6": ether(optional(udp6("options-to-host/ipv6", link_local, LL)), V6, bridge_mac),
        "ethertype-to-host/l2": ether(b"ethertype-to-host/l2", EXPERIMENTAL),
        "arp-who-has/ipv4": ether(arp(tpa=HOST4), ARP),
        "arp-probe/ipv4": ether(arp(spa=NO_ADDRESS, tpa=HOST4), ARP),
    }


class Host:
    """The host of a scene with an IP stack that listens."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        for name, value in (("accept_dad", "0"), ("disable_ipv6", "0")):
            for ifname in ("lo", "b0"):
                scene.sysctl(scene.host, f"net/ipv6/conf/{ifname}/{name}", value)
        run("ip", "-n", scene.host, "address", "add", f"{HOST4}/32", "dev", "lo")
        run("ip", "-n", scene.host, "address", "add", f"{HOST6}/128", "dev", "lo", "nodad")
        assert settled(
            lambda: "scope link" in run("ip", "-n", scene.host, "address", "show", "dev", "b0", "-tentative")
        )
        [link] = json.loads(run("ip", "-n", scene.host, "-j", "link", "show", "b0"))
        self.bridge_mac = link["address"]
        with entered(scene.host):
            self.sockets = [socket.socket(f, socket.SOCK_DGRAM) for f in (socket.AF_INET, socket.AF_INET6)]
        self.sockets[1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for one in self.sockets:
            one.bind(("", PORT))
        self._join()
        with entered(scene.host):
            self.sockets.append(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EXPERIMENTAL)))
        self.sockets[2].bind(("b0", EXPERIMENTAL))
        with entered(scene.guest):
            self.guest = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
        self.guest.bind(("g1", ARP))

    def _join(self) -> None:
        """Join the group of mDNS on the bridge, in both families, as a daemon of the host does."""
        with entered(self.scene.host):
            index = socket.if_nametoindex("b0")
        wish = IPv4Address(MDNS4).packed + bytes(4) + pack("i", index)
        self.sockets[0].setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wish)
        wish = IPv6Address(MDNS6).packed + pack("I", index)
        self.sockets[1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, wish)

    def close(self) -> None:
        for one in (*self.sockets, self.guest):
            one.close()

    def apply(self, *names: str) -> None:
        """Do by hand what the methods ask for; in a namespace of the bridge's own are no addresses of the host."""
        if "namespace" in names:
            run("ip", "-n", self.scene.host, "address", "flush", "dev", "lo", "scope", "global")
        context = BridgeContext("try", "dmz", "b0", ("p1", "p2"))
        things = [thing for name in names for thing in methods()[name].objects(context)]
        self.scene.load(*(thing for thing in things if isinstance(thing, NftChain)))
        for thing in things:
            match thing:
                case NftChain():
                    table = self.scene.nft(f"list chain {thing.family} {thing.table} {thing.name}").splitlines()
                    assert [line.strip() for line in table[2:-2]] == [thing.hook, *thing.rules]
                case Sysctl(name=name, value=value):
                    self.scene.sysctl(self.scene.host, name, value)
                case IngressDrop(ifname=ifname):
                    run("tc", "-n", self.scene.host, "qdisc", "add", "dev", ifname, "clsact")
                    drop = ("ingress", "prio", "1", "bpf", "da", "bytecode", DROP_ALL)
                    run("tc", "-n", self.scene.host, "filter", "add", "dev", ifname, *drop)
                case VlanFiltering(ifname=ifname, own=()):
                    run("ip", "-n", self.scene.host, "link", "set", ifname, "type", "bridge", "vlan_filtering", "1")
                    run("bridge", "-n", self.scene.host, "vlan", "del", "vid", "1", "dev", ifname, "self")
                case Rule(family=family, priority=0, iif=iif, action="blackhole"):
                    ip = ("ip", "-n", self.scene.host, *(("-6",) if family == "ipv6" else ()), "rule")
                    run(*ip, "add", "priority", "1", "lookup", "local")
                    run(*ip, "del", "priority", "0", "lookup", "local")
                    run(*ip, "add", "priority", "0", "iif", iif, "blackhole")
                case NoArp(ifname=ifname):
                    run("ip", "-n", self.scene.host, "link", "set", ifname, "arp", "off")
                case _:
                    pytest.fail(f"the test cannot do {thing}")

    def open_ways(self) -> set[str]:
        """Go every way from the guest, and name those that led to the host."""
        found: set[str] = set()
        for way, frame in frames(self.bridge_mac).items():
            self.guest.send(frame)
            if way.startswith("arp-") and select.select([self.guest], [], [], 0.2)[0]:
                reply = self.guest.recv(2048)
                found |= {way} if reply[20:22] == b"\0\2" and reply[22:28] == mac(self.bridge_mac) else set()
        while ready := select.select(self.sockets, [], [], 0.2)[0]:
            found |= {one.recv(2048).rstrip(b"\0").decode() for one in ready}
        return found


@pytest.fixture
def host(make_netns: Callable[[str], str]) -> Iterator[Host]:
    """A host whose bridge is as open as Linux makes it."""
    made = Host(Scene(make_netns))
    yield made
    made.close()
    made.scene.close()


def test_bridge_without_isolation_is_open_by_every_way(host: Host) -> None:
    """Every frame of this test reaches an open host: what a method closes, the method closed."""
    assert host.open_ways() == set(frames(host.bridge_mac))


@pytest.mark.parametrize("method", sorted(methods()))
def test_isolation_method_leaves_open_exactly_what_it_says(host: Host, method: str) -> None:
    """A method closes every way but those that it declares open, and members still reach each other."""
    needs = methods()[method].needs
    if needs and not needs & capabilities():
        pytest.skip(f"this kernel lacks {methods()[method].lacking}; tests/uml has one that does not")
    host.apply(method)
    tried = frames(host.bridge_mac).keys() & ALL_WAYS
    assert host.open_ways() == tried & methods()[method].leaves_open
    assert host.scene.passed()


@pytest.mark.slow
@pytest.mark.parametrize("pair", list(combinations(sorted(methods()), 2)), ids="+".join)
def test_two_methods_close_what_either_closes(host: Host, pair: tuple[str, str]) -> None:
    """And nothing that one of them closes is opened by the other; members still reach each other."""
    if lacking := [m.lacking for m in map(methods().__getitem__, pair) if m.needs and not m.needs & capabilities()]:
        pytest.skip(f"this kernel lacks {lacking[0]}; tests/uml has one that does not")
    host.apply(*pair)
    tried = frames(host.bridge_mac).keys() & ALL_WAYS
    assert host.open_ways() == tried & left_open(pair)
    assert host.scene.passed()


def test_vlan_filtering_holds_while_somebody_captures_on_the_bridge(host: Host) -> None:
    """A promiscuous bridge takes what is of no VLAN of its own: packet sockets hear it, the IP stack does not."""
    if "vlan-filtering" not in capabilities():
        pytest.skip("this kernel lacks vlan-filtering; tests/uml has one that does not")
    host.apply("vlan-filtering")
    run("ip", "-n", host.scene.host, "link", "set", "b0", "promisc", "on")
    assert host.open_ways() == {"ethertype-to-host/l2"}


def test_vlan_filtering_with_the_bridge_in_the_vlan_of_its_ports_is_open(host: Host) -> None:
    """It is the bridge's leaving that isolates, not that it filters."""
    if "vlan-filtering" not in capabilities():
        pytest.skip("this kernel lacks vlan-filtering; tests/uml has one that does not")
    host.apply("vlan-filtering")
    run("bridge", "-n", host.scene.host, "vlan", "add", "vid", "1", "pvid", "untagged", "dev", "b0", "self")
    assert host.open_ways() == set(frames(host.bridge_mac))


def test_raw_drop_stops_members_where_bridged_frames_pass_the_ip_hooks(host: Host) -> None:
    """What its docs warn of: with bridge-nf-call no rule there tells what is bridged from what is the host's."""
    if not Path("/proc/sys/net/bridge").exists():
        pytest.skip("br_netfilter is not loaded")
    # The hooks of IP cut off what follows a packet, so each is known by the end of its payload.
    before, after = (Frame(mark, frozenset(), ether(udp4(mark, dst=OTHER4), V4)) for mark in ("unfilter", "filtered"))
    for tables in ("iptables", "ip6tables"):
        host.scene.sysctl(host.scene.host, f"net/bridge/bridge-nf-call-{tables}", "1")
    assert not host.scene.stopped([before])
    host.apply("raw-drop")
    assert host.scene.stopped([after])


def test_arp_ignore_holds_whatever_all_links_are_told(host: Host) -> None:
    """The larger value holds: 3 for all links would be an answer for every address of the host."""
    host.scene.sysctl(host.scene.host, "net/ipv4/conf/all/arp_ignore", "3")
    assert "arp-who-has/ipv4" in host.open_ways()
    host.apply("arp-ignore")
    assert not {"arp-who-has/ipv4", "arp-probe/ipv4"} & host.open_ways()
