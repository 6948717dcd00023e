"""What others made, learned or marked is read as theirs, and left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel.bench import Bench
from netproof.errors import KernelError
from netproof.kernel.capabilities import capabilities
from netproof.state.bridging import FdbEntry, Port, VlanFiltering
from netproof.state.filters import IngressDrop
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Up
from netproof.state.namespace import Namespace
from netproof.state.object import HOME
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")

BRIDGE = Bridge(HOME, "br0", "02:00:00:00:00:01")


def test_foreign_objects_are_read_without_mark(linux: Bench) -> None:
    """What `ip` made is in the state, and not ours; the kernel's own is not in it at all."""
    run("ip", "-n", linux.home, "link", "add", "br7", "address", "02:00:00:00:00:07", "type", "bridge")
    run("ip", "-n", linux.home, "link", "set", "br7", "up")
    run("ip", "-n", linux.home, "addr", "add", "192.0.2.7/24", "dev", "br7")
    run("ip", "-n", linux.home, "route", "add", "203.0.113.0/24", "via", "192.0.2.9")
    run("ip", "-n", linux.home, "rule", "add", "priority", "70", "from", "192.0.2.0/24", "lookup", "7")
    reading = linux.read()
    assert not reading.marked
    for thing in (
        Address(HOME, "br7", "192.0.2.7/24"),
        Route(HOME, "203.0.113.0/24", "192.0.2.9", "br7"),
        Rule(HOME, "ipv4", 70, "192.0.2.0/24", table=7),
    ):
        assert reading.state.get(thing.key) == thing
    of_kernel = [o for o in reading.state.values() if isinstance(o, Address | Route | Rule)]
    assert len(of_kernel) == 3


def test_foreign_route_that_we_cannot_express_stands_in_the_way(linux: Bench) -> None:
    """A blackhole and a route with two next hops are read as another value of their key."""
    run("ip", "-n", linux.home, "link", "set", "nic0", "up")
    run("ip", "-n", linux.home, "addr", "add", "192.0.2.7/24", "dev", "nic0")
    run("ip", "-n", linux.home, "route", "add", "blackhole", "203.0.113.0/24")
    both = ["nexthop", "via", "192.0.2.8", "nexthop", "via", "192.0.2.9"]
    run("ip", "-n", linux.home, "route", "add", "198.51.100.0/24", *both)
    state = linux.read().state
    for destination in ("203.0.113.0/24", "198.51.100.0/24"):
        assert state["route", HOME, "254", destination, "0"] == Route(HOME, destination)


def test_foreign_rule_with_a_selector_we_lack_is_not_taken_for_ours(linux: Bench) -> None:
    """`not from`, a mask, a port: none of them equals the rule without it."""
    for words in (["not", "from", "192.0.2.0/24"], ["from", "192.0.2.0/24", "ipproto", "tcp"], ["fwmark", "1/0xff"]):
        run("ip", "-n", linux.home, "rule", "add", "priority", "70", *words, "lookup", "7")
    foreign = [o for o in linux.read().state.values() if isinstance(o, Rule)]
    assert foreign
    assert all(rule.narrowed and rule.table == 7 for rule in foreign)
    linux.create(rule := Rule(HOME, "ipv4", 70, "192.0.2.0/24", table=7))
    assert linux.has(rule)


@pytest.mark.parametrize("thing", ["route", "rule"])
def test_deletion_does_not_touch_an_equal_object_of_anothers(linux: Bench, thing: str) -> None:
    """Routes and rules are deleted by our protocol number."""
    run("ip", "-n", linux.home, "link", "set", "nic0", "up")
    run("ip", "-n", linux.home, "route", "add", "203.0.113.0/24", "dev", "nic0")
    run("ip", "-n", linux.home, "rule", "add", "priority", "70", "from", "192.0.2.0/24", "lookup", "7")
    victim = (
        Route(HOME, "203.0.113.0/24", "", "nic0")
        if thing == "route"
        else Rule(HOME, "ipv4", 70, "192.0.2.0/24", table=7)
    )
    assert linux.has(victim)
    with pytest.raises(KernelError):
        linux.delete(victim)
    assert linux.has(victim)


def test_other_addresses_of_the_subnet_outlive_the_first(linux: Bench) -> None:
    """IPv4 drops the others with the first of a subnet; ours and foreign ones stay, and the setting is put back."""
    first = Address(HOME, "nic0", "192.0.2.1/24")
    linux.create(first, second := Address(HOME, "nic0", "192.0.2.2/24"))
    run("ip", "-n", linux.home, "addr", "add", "192.0.2.3/24", "dev", "nic0")
    linux.delete(first)
    reading = linux.read(first)
    assert first.key not in reading.state
    assert second.key in reading.marked
    assert linux.has(Address(HOME, "nic0", "192.0.2.3/24"))
    promote = Sysctl(HOME, "net/ipv4/conf/nic0/promote_secondaries", "0", "nic0")
    assert linux.has(promote)


def test_kernel_link_local_is_no_part_of_the_state_and_another_is(linux: Bench) -> None:
    """The address that IPv6 makes by itself from the MAC is not declared by anybody."""
    run("ip", "-n", linux.home, "link", "set", "nic0-far", "up")
    linux.create(Up(HOME, "nic0"))
    run("ip", "-n", linux.home, "addr", "add", "fe80::77/64", "dev", "nic0", "nodad")
    assert "fe80" in run("ip", "-n", linux.home, "-6", "addr", "show", "dev", "nic0-far")
    found = [o for o in linux.read().state.values() if isinstance(o, Address)]
    assert found == [Address(HOME, "nic0", "fe80::77/64")]


def test_learned_entry_gives_way_to_a_static_one(linux: Bench) -> None:
    """A bridge that has seen the MAC elsewhere does not hinder the guard."""
    mac = "02:00:00:00:00:55"
    linux.create(BRIDGE, Port(HOME, "nic0", "br0"), Port(HOME, "nic0-far", "br0"))
    linux.create(Up(HOME, "br0"), Up(HOME, "nic0"), Up(HOME, "nic0-far"))
    run("bridge", "-n", linux.home, "fdb", "add", mac, "dev", "nic0-far", "master", "dynamic")
    linux.create(entry := FdbEntry(HOME, "nic0", mac, sticky=True))
    assert linux.has(entry)


def test_entry_learned_under_vlan_filtering_gives_way_to_a_static_one(linux: Bench) -> None:
    """A bridge that filters has learned the MAC in the VLAN of its ports alone."""
    if "vlan-filtering" not in capabilities():
        pytest.skip("this kernel lacks vlan-filtering; tests/uml has one that does not")
    mac = "02:00:00:00:00:55"
    linux.create(BRIDGE, Port(HOME, "nic0", "br0"), Port(HOME, "nic0-far", "br0"), VlanFiltering(HOME, "br0"))
    linux.create(Up(HOME, "br0"), Up(HOME, "nic0"), Up(HOME, "nic0-far"))
    run("bridge", "-n", linux.home, "fdb", "add", mac, "dev", "nic0-far", "master", "dynamic", "vlan", "1")
    linux.create(entry := FdbEntry(HOME, "nic0", mac, sticky=True))
    assert linux.has(entry)
    shown = run("bridge", "-n", linux.home, "fdb", "show", "br", "br0").splitlines()
    assert {line.split()[2] for line in shown if line.startswith(mac)} == {"nic0"}


def test_entries_that_nobody_declared_are_not_read(linux: Bench) -> None:
    """Learned, local and foreign-learned entries are no part of a state."""
    linux.create(BRIDGE, Port(HOME, "nic0", "br0"), Up(HOME, "br0"), Up(HOME, "nic0"), Up(HOME, "nic0-far"))
    for mac, *words in (
        ("02:00:00:00:00:61", "dynamic"),
        ("02:00:00:00:00:62", "local"),
        ("02:00:00:00:00:63", "extern_learn"),
    ):
        run("bridge", "-n", linux.home, "fdb", "add", mac, "dev", "nic0", "master", *words)
    assert not [o for o in linux.read().state.values() if isinstance(o, FdbEntry)]


def test_veth_is_not_paired_with_one_that_merely_has_the_right_numbers(
    linux: Bench, make_netns: Callable[[str], str]
) -> None:
    """Two pairs with the same indices, one end of each in scope: neither is the other's peer."""
    far = make_netns("far")
    linux.create(Namespace(linux.guest))
    for netns, ifname, index, other in ((linux.home, "one", "70", "80"), (linux.guest, "two", "80", "70")):
        peer = ["peer", "name", f"{ifname}-far", "index", other, "netns", far]
        run("ip", "-n", netns, "link", "add", "name", ifname, "index", index, "type", "veth", *peer)
    state = linux.read().state
    assert state["link", HOME, "one"] == Link(HOME, "one", "veth")
    assert state["link", linux.guest, "two"] == Link(linux.guest, "two", "veth")


def test_ingress_filter_of_anothers_is_not_taken_for_ours(linux: Bench) -> None:
    """A clsact with other filters is no drop, and stays when ours goes."""
    run("tc", "-n", linux.home, "qdisc", "add", "dev", "nic0", "clsact")
    word = ["protocol", "ip", "u32", "match", "u32", "0", "0", "flowid", "1:1"]
    run("tc", "-n", linux.home, "filter", "add", "dev", "nic0", "ingress", "pref", "5", *word)
    drop = IngressDrop(HOME, "nic0")
    assert not linux.has(drop)
    linux.create(drop)
    assert linux.has(drop)
    linux.delete(drop)
    assert "u32" in run("tc", "-n", linux.home, "filter", "show", "dev", "nic0", "ingress")


def test_ingress_filter_of_anothers_that_drops_all_is_as_good_as_ours(linux: Bench) -> None:
    """In classic BPF, as tc(8) loads it, and without a name of ours."""
    add_first_filter(linux, "all", "direct-action", "bytecode", "1,6 0 0 2")
    assert linux.has(IngressDrop(HOME, "nic0"))


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("all", ["direct-action", "bytecode", "1,6 0 0 0"]),
        ("all", ["bytecode", "1,6 0 0 2", "flowid", "1:1"]),
        ("ip", ["direct-action", "bytecode", "1,6 0 0 2"]),
    ],
)
def test_ingress_filter_in_the_place_of_ours_is_told(linux: Bench, protocol: str, words: list[str]) -> None:
    """The kernel would refuse ours beside it."""
    add_first_filter(linux, protocol, *words)
    assert linux.read().state["ingress-drop", HOME, "nic0"] == IngressDrop(HOME, "nic0", instead="bpf")
    with pytest.raises(KernelError):
        linux.create(IngressDrop(HOME, "nic0"))


def add_first_filter(linux: Bench, protocol: str, *words: str) -> None:
    """Put a BPF filter where ours would be."""
    run("tc", "-n", linux.home, "qdisc", "add", "dev", "nic0", "clsact")
    at = ("dev", "nic0", "ingress", "pref", "1", "protocol", protocol, "handle", "1")
    run("tc", "-n", linux.home, "filter", "add", *at, "bpf", *words)


def test_foreign_words_on_a_route_are_read(linux: Bench) -> None:
    """Whom to send as, of what type of service, and that it leads nowhere."""
    run("ip", "-n", linux.home, "link", "set", "nic0", "up")
    run("ip", "-n", linux.home, "addr", "add", "192.0.2.7/24", "dev", "nic0", "noprefixroute")
    run("ip", "-n", linux.home, "route", "add", "192.0.2.0/24", "dev", "nic0", "src", "192.0.2.7", "table", "23")
    run("ip", "-n", linux.home, "route", "add", "203.0.113.0/24", "tos", "0x10", "dev", "nic0", "table", "22")
    run("ip", "-n", linux.home, "route", "add", "unreachable", "default", "metric", "9", "table", "22")
    reading = linux.read()
    assert not reading.marked
    for thing in (
        Address(HOME, "nic0", "192.0.2.7/24", noprefixroute=True),
        Route(HOME, "192.0.2.0/24", "", "nic0", 23, prefsrc="192.0.2.7"),
        Route(HOME, "203.0.113.0/24", "", "nic0", 22, tos=0x10),
        Route(HOME, "0.0.0.0/0", table=22, metric=9, unreachable=True),
    ):
        assert reading.state.get(thing.key) == thing


def test_foreign_route_for_a_source_is_read(linux: Bench) -> None:
    """For whom it is is part of which route it is."""
    if "ipv6-subtrees" not in capabilities():
        pytest.skip("this kernel lacks ipv6-subtrees")
    run("ip", "-n", linux.home, "link", "set", "nic0", "up")
    run("ip", "-n", linux.home, "-6", "route", "add", "2001:db8::/64", "from", "::/128", "dev", "nic0", "table", "23")
    thing = Route(HOME, "2001:db8::/64", "", "nic0", 23, source="::/128")
    assert linux.read().state.get(thing.key) == thing


def test_route_of_ours_that_others_share_is_read_as_ours(linux: Bench) -> None:
    """Next hops that others appended are told; deleting ours leaves theirs."""
    ours = Route(HOME, "2001:db8:77::/64", "2001:db8::fe", "br0")
    linux.create(BRIDGE, Up(HOME, "br0"), Address(HOME, "br0", "2001:db8::1/64", nodad=True), ours)
    append = ("-6", "route", "append", "2001:db8:77::/64", "dev", "br0", "metric", "1024", "proto", "static", "via")
    run("ip", "-n", linux.home, *append, "2001:db8::fd")
    reading = linux.read()
    found = reading.state[ours.key]
    assert isinstance(found, Route)
    assert found == ours
    assert found.shared
    assert ours.key in reading.marked
    linux.delete(found)
    left = run("ip", "-n", linux.home, "-6", "route", "show", "2001:db8:77::/64")
    assert "2001:db8::fd" in left
    assert "2001:db8::fe" not in left


def test_address_of_a_router_advertisement_is_read_as_learned(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is somebody's configuration of the link, unlike the kernel's link-local."""
    with monkeypatch.context() as advertised:
        advertised.setattr("netproof.kernel.address.PROTOCOL", 2)
        linux.create(Address(HOME, "nic0", "2001:db8:5::7/64", nodad=True))
    [found] = [o for o in linux.read().state.values() if isinstance(o, Address)]
    assert (found.address, found.learned) == ("2001:db8:5::7/64", True)
