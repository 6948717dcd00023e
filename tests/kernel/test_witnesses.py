"""Other people's tools see what we made as it was declared."""

from __future__ import annotations

import errno
import json

import pytest

from kernel.bench import Bench
from netproof.errors import KernelError
from netproof.kernel import netns as named
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.layer3 import Address, Route, Rule
from netproof.state.links import Bridge, Mac, Mtu, Up, Veth
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


def test_ingress_drop_drops(linux: Bench) -> None:
    """Not by its listing: a frame sent into the link is not delivered to the stack behind it."""
    linux.create(Namespace(linux.guest), Veth(HOME, "v1", "02:00:00:00:00:03", linux.guest, "eth0"))
    linux.create(Up(HOME, "v1"), Up(linux.guest, "eth0"))
    linux.create(Address(HOME, "v1", "192.0.2.1/24"), Address(linux.guest, "eth0", "192.0.2.2/24"))
    ping = ["ip", "netns", "exec", linux.guest, "ping", "-c5", "-i0.2", "-W1", "192.0.2.1"]
    assert ", 0 received" not in run(*ping, check=False)  # the first may be lost while the links come up
    linux.create(IngressDrop(HOME, "v1"))
    assert ", 0 received" in run(*ping, check=False)


def test_namespace_names_are_files_that_ip_netns_can_delete(linux: Bench) -> None:
    """A namespace of ours is one of everybody's tools; and gone is gone."""
    linux.create(Namespace(linux.guest))
    assert linux.guest in run("ip", "netns", "list")
    run("ip", "netns", "del", linux.guest)
    assert not named.exists(linux.guest)
    with pytest.raises(KernelError) as told:
        linux.delete(Namespace(linux.guest))
    assert told.value.errno == errno.ENOENT
