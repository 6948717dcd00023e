"""What only Linux can show: other people's tools see what we made, and the traps of netlink."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.bench import Bench
from netproof.change.kernel import Scope
from netproof.change.step import Create, Delete
from netproof.errors import CannotError, KernelError, UsageError
from netproof.kernel import linux as linux_module
from netproof.kernel import netns as named
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")

BRIDGE = Bridge(HOME, "br0", "02:00:00:00:00:01")


def _json(*argv: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(*argv) or "[]")
    return found


def test_guest_is_seen_by_ip_and_bridge_as_it_was_declared(linux: Bench) -> None:
    """Links, alias, port flags and FDB in the words of iproute2."""
    linux.create(
        Namespace(linux.guest),
        BRIDGE,
        Veth(HOME, "v1", "02:00:00:00:00:03", linux.guest, "eth0"),
        Mac(linux.guest, "eth0", "02:00:00:00:00:04"),
        Mtu(linux.guest, "eth0", 1400),
        Port(HOME, "v1", "br0", learning=False, locked=True, isolated=True),
        FdbEntry(HOME, "v1", "02:00:00:00:00:04", sticky=True),
        Up(linux.guest, "eth0"),
    )
    [v1] = _json("ip", "-n", linux.home, "-d", "-j", "link", "show", "v1")
    assert (v1["ifalias"], v1["address"], v1["master"]) == ("netproof:demo:v1", "02:00:00:00:00:03", "br0")
    assert "UP" not in v1["flags"]
    flags = v1["linkinfo"]["info_slave_data"]
    assert (flags["learning"], flags["locked"], flags["isolated"]) == (False, True, True)
    [eth0] = _json("ip", "-n", linux.guest, "-j", "link", "show", "eth0")
    assert (eth0["address"], eth0["mtu"]) == ("02:00:00:00:00:04", 1400)
    assert "UP" in eth0["flags"]
    [lo] = _json("ip", "-n", linux.guest, "-j", "link", "show", "lo")
    assert lo["ifalias"] == f"netproof:demo:{linux.guest}"
    entries = _json("bridge", "-n", linux.home, "-j", "fdb", "show", "dev", "v1")
    [entry] = [e for e in entries if e["mac"] == "02:00:00:00:00:04" and "vlan" not in e]
    assert entry["flags"] == ["sticky"]
    assert entry["state"] == "static"


def test_layer3_is_seen_by_ip_as_ours(linux: Bench) -> None:
    """Addresses, routes and rules, with our protocol number where ip tells it."""
    linux.create(
        BRIDGE,
        Up(HOME, "br0"),
        Address(HOME, "br0", "192.0.2.1/24"),
        Address(HOME, "br0", "2001:db8::1/64", nodad=True),
        Route(HOME, "203.0.113.0/24", "192.0.2.254", "br0", 1000, 7),
        Route(HOME, "::/0", "2001:db8::fe", "br0"),
        Rule(HOME, "ipv4", 500, "192.0.2.0/24", table=1000),
    )
    [link] = [x for x in _json("ip", "-n", linux.home, "-j", "addr", "show", "dev", "br0") if x]
    found = {a["local"]: a for a in link["addr_info"]}
    assert found["192.0.2.1"]["prefixlen"] == 24
    assert found["2001:db8::1"]["nodad"] is True
    [route] = _json("ip", "-n", linux.home, "-j", "route", "show", "table", "1000")
    assert (route["dst"], route["gateway"], route["metric"], route["protocol"]) == (
        "203.0.113.0/24",
        "192.0.2.254",
        7,
        "110",
    )
    default = [r for r in _json("ip", "-6", "-n", linux.home, "-j", "route") if r["dst"] == "default"]
    assert (default[0]["gateway"], default[0]["protocol"], default[0]["metric"]) == ("2001:db8::fe", "110", 1024)
    rules = _json("ip", "-n", linux.home, "-j", "-d", "rule")
    [rule] = [r for r in rules if r["priority"] == 500]
    assert (rule["src"], rule["srclen"], rule["table"], rule["protocol"]) == ("192.0.2.0", 24, "1000", "110")


def test_filters_are_seen_by_nft_and_tc(linux: Bench) -> None:
    """One table, one chain, one filter, by the tools' own listing."""
    hook = 'type filter hook ingress device "br0" priority filter; policy accept;'
    linux.create(
        BRIDGE,
        NftTable(HOME, "netdev", "netproof-demo"),
        NftChain(HOME, "netdev", "netproof-demo", "c", hook, ("drop",), "br0"),
        IngressDrop(HOME, "br0"),
    )
    nft = run("ip", "netns", "exec", linux.home, "nft", "list", "ruleset")
    assert nft.split() == f"table netdev netproof-demo {{ chain c {{ {hook} drop }} }}".split()
    filters = _json("tc", "-n", linux.home, "-j", "filter", "show", "dev", "br0", "ingress")
    assert filters[-1]["pref"] == 1
    assert filters[-1]["kind"] in ("bpf", "matchall")
    linux.delete(IngressDrop(HOME, "br0"))
    assert "clsact" not in run("tc", "-n", linux.home, "qdisc", "show", "dev", "br0")


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
    assert not [o for o in linux.read().state.values() if isinstance(o, Rule)]
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


def test_ingress_drop_drops(linux: Bench) -> None:
    """Not by its listing: a frame sent into the link is not delivered to the stack behind it."""
    linux.create(Namespace(linux.guest), Veth(HOME, "v1", "02:00:00:00:00:03", linux.guest, "eth0"))
    linux.create(Up(HOME, "v1"), Up(linux.guest, "eth0"))
    linux.create(Address(HOME, "v1", "192.0.2.1/24"), Address(linux.guest, "eth0", "192.0.2.2/24"))
    ping = ["ip", "netns", "exec", linux.guest, "ping", "-c5", "-i0.2", "-W1", "192.0.2.1"]
    assert ", 0 received" not in run(*ping, check=False)  # the first may be lost while the links come up
    linux.create(IngressDrop(HOME, "v1"))
    assert ", 0 received" in run(*ping, check=False)


def test_each_of_many_failures_in_a_batch_is_told_apart(linux: Bench) -> None:
    """The 3rd of 300 fails: it is named, 2 are done, 297 are not."""
    rules = [Rule(HOME, "ipv4", 1000 + n, table=5) for n in range(300)]
    linux.create(rules[2])
    with pytest.raises(KernelError, match="1002") as told:
        linux.create(*rules)
    assert told.value.errno == errno.EEXIST
    assert [r.priority for r in linux.read().state.of(Rule)] == [1000, 1001, 1002]


def test_kernels_own_words_are_told(linux: Bench) -> None:
    """The extended ack says more than the errno."""
    linux.create(Up(HOME, "nic0"))
    with pytest.raises(KernelError, match="invalid gateway") as told:
        linux.create(Route(HOME, "203.0.113.0/24", "192.0.2.254", "nic0"))
    assert told.value.errno == errno.ENETUNREACH


def test_lost_answers_are_made_up_by_reading_again(linux: Bench) -> None:
    """A receive buffer too small for the errors: the step that failed is named all the same, those behind undone."""
    linux.create(Up(HOME, "nic0"), Address(HOME, "nic0", "192.0.2.1/24"))
    routes = [Route(HOME, f"10.0.{n}.0/24", "192.0.2.9", "nic0") for n in range(60)]
    for n in range(30, 50):
        run("ip", "-n", linux.home, "route", "add", f"10.0.{n}.0/24", "via", "192.0.2.8")
    assert isinstance(linux.kernel, LinuxKernel)
    sock = linux.kernel._namespaces[HOME].route._socket
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    with pytest.raises(KernelError) as told:
        linux.create(*routes)
    assert told.value.what == f"create {routes[30].describe()}"
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 20)
    assert sum(linux.has(route) for route in routes) == 30


def test_many_veths_are_deleted_together(linux: Bench) -> None:
    """By group, in one message: the time of all is that of a few; other links stay; bad names are still told."""
    veths = [Veth(HOME, f"v{n}", f"02:00:00:00:01:{n:02x}", HOME, f"w{n}") for n in range(100)]
    linux.create(*veths)
    started = time.perf_counter()
    linux.delete(*veths)
    assert time.perf_counter() - started < 1
    state = linux.read().state
    assert not [v for v in veths if v.key in state]
    assert ("link", HOME, "nic0") in state
    linux.create(*veths[:3])
    with pytest.raises(KernelError) as told:
        linux.delete(veths[0], veths[50], veths[1])
    assert told.value.what == f"delete {veths[50].describe()}"
    assert [linux.has(v) for v in veths[:3]] == [False, True, True]
    assert {link["group"] for link in _json("ip", "-n", linux.home, "-j", "link")} == {"default"}


def test_link_dump_disturbed_all_the_time_is_still_whole(linux: Bench) -> None:
    """Links come and go while the state is read: those that stay are seen, each time."""
    linux.create(*(Veth(HOME, f"v{n}", f"02:00:00:00:01:{n:02x}", HOME, f"w{n}") for n in range(60)))
    stop = threading.Event()

    def churn() -> None:
        with LinuxKernel(linux.home) as other:
            while not stop.is_set():
                other.perform("churn", [Create(Bridge(HOME, "x", "02:00:00:00:00:66"))])
                other.perform("churn", [Delete(Bridge(HOME, "x", "02:00:00:00:00:66"))])

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(20):
            assert len([v for v in linux.read().state.of(Veth) if v.ifname[0] in "vw"]) == 120
    finally:
        stop.set()
        thread.join()


def test_namespace_names_are_files_that_ip_netns_can_delete(linux: Bench) -> None:
    """A namespace of ours is one of everybody's tools; and gone is gone."""
    linux.create(Namespace(linux.guest))
    assert linux.guest in run("ip", "netns", "list")
    run("ip", "netns", "del", linux.guest)
    assert not named.exists(linux.guest)
    with pytest.raises(KernelError) as told:
        linux.delete(Namespace(linux.guest))
    assert told.value.errno == errno.ENOENT


def test_file_left_by_a_killed_maker_is_no_namespace_and_in_nobodys_way(linux: Bench) -> None:
    """Killed between making the file and mounting on it: read as nothing, deleted or made anew all the same."""
    path = Path("/run/netns", linux.guest)
    path.touch(mode=0)
    assert not named.exists(linux.guest)
    assert ("namespace", linux.guest) not in linux.read().state
    linux.create(Namespace(linux.guest))
    assert linux.has(Namespace(linux.guest))
    linux.delete(Namespace(linux.guest))
    path.touch(mode=0)
    named.delete(linux.guest)
    assert not path.exists()


def test_namespace_made_anew_under_the_same_name_is_seen(linux: Bench) -> None:
    """A kernel that holds a namespace open does not mistake it for its successor."""
    linux.create(Namespace(linux.guest))
    assert ("namespace", linux.guest) in linux.read().marked
    run("ip", "netns", "del", linux.guest)
    run("ip", "netns", "add", linux.guest)
    assert ("namespace", linux.guest) not in linux.read().marked


def test_thread_is_at_home_again_whatever_happened(linux: Bench) -> None:
    """Entering restores, also after an error inside; a missing namespace is one clear sentence."""
    before = Path("/proc/thread-self/ns/net").stat().st_ino
    with pytest.raises(ZeroDivisionError), named.entered(linux.home):
        assert Path("/proc/thread-self/ns/net").stat().st_ino != before
        raise ZeroDivisionError
    linux.create(Sysctl(HOME, "net/ipv4/ip_forward", "1"), Namespace(linux.guest))
    with pytest.raises(UsageError, match="no network namespace"), named.entered("nosuch"):
        pass
    assert Path("/proc/thread-self/ns/net").stat().st_ino == before


def test_nothing_stays_open_after_close(make_netns: Callable[[str], str]) -> None:
    """Neither sockets nor namespaces: a hundred kernels later there are as many descriptors as before."""
    home = make_netns("fd")
    capabilities()

    def use() -> None:
        with LinuxKernel(home) as kernel:
            kernel.perform("demo", [Create(NftTable(HOME, "inet", "netproof-demo")), Create(IngressDrop(HOME, "lo"))])
            kernel.read(Scope("demo", frozenset({"nosuch"})))
            kernel.perform("demo", [Delete(NftTable(HOME, "inet", "netproof-demo")), Delete(IngressDrop(HOME, "lo"))])

    use()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        use()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_identity_tells_two_namespaces_and_two_boots_apart(
    make_netns: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The cookie is of the namespace, the boot id of the boot."""
    one, two = make_netns("one"), make_netns("two")
    with LinuxKernel(one) as kernel, LinuxKernel(one) as again, LinuxKernel(two) as other:
        assert kernel.identity == again.identity != other.identity
        before = kernel.identity
        (tmp_path / "boot_id").write_text("another\n")
        monkeypatch.setattr(linux_module, "_BOOT_ID", tmp_path / "boot_id")
        assert kernel.identity != before


def test_user_who_is_not_root_is_told_to_become_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, exit 3."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for start in (LinuxKernel, capabilities.__wrapped__):
        with pytest.raises(CannotError, match="needs root: run with sudo"):
            start()


def test_home_that_is_not_there_is_told_by_name() -> None:
    """Exit 2: the operator's word was wrong."""
    with pytest.raises(UsageError, match="nosuch"):
        LinuxKernel("nosuch")


def test_missing_libnftables_is_told_only_when_it_is_needed(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and links go without; a table says what to install."""
    from netproof.kernel import libnftables

    def absent() -> None:
        raise CannotError("libnftables is not installed: install nftables (apt install nftables)")

    monkeypatch.setattr(libnftables, "_library", absent)
    linux.create(BRIDGE)
    assert linux.has(BRIDGE)
    with pytest.raises(CannotError, match="install nftables"):
        linux.create(NftTable(HOME, "inet", "netproof-demo"))


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


def test_what_a_thread_of_its_own_raises_is_raised(linux: Bench) -> None:
    """Whatever it is: no result and no error would be a lie."""

    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        named.in_thread(work)
