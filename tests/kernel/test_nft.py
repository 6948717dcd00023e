"""nftables: rules come back as they were written; a run is one transaction; an error finds its step."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from kernel.bench import Bench
from netproof.change.step import Create, Delete, Replace
from netproof.errors import KernelError
from netproof.kernel import libnftables
from netproof.kernel.libnftables import NftRefusedError
from netproof.kernel.netns import entered
from netproof.kernel.nft import read_contents
from netproof.state.filters import NftChain, NftTable
from netproof.state.object import HOME
from shell import run

pytestmark = pytest.mark.needs("netns", "nft", "ip")

MACS = ", ".join(f"02:00:00:00:00:{n:02x}" for n in range(60))
RULES = {
    "netdev": (
        "ether type { 8021q, 8021ad } drop",
        "ether saddr != 02:00:00:00:00:01 drop",
        f"ether saddr {{ {MACS} }} accept",
        "ether daddr 01:80:c2:00:00:00-01:80:c2:00:00:0f drop",
        "ether type != { ip, arp, ip6 } drop",
        "arp saddr ether != 02:00:00:00:00:01 drop",
        "arp saddr ip != { 0.0.0.0, 192.0.2.11 } drop",
        "arp htype != 1 drop",
        "ip saddr != { 192.0.2.11, 192.0.2.12 } drop",
        "ip6 saddr != { 2001:db8::11, fe80::ff:fe00:1 } drop",
        "icmpv6 type nd-neighbor-advert @th,64,128 != 0x20010db8000000000000000000000011 drop",
        "icmpv6 type { nd-router-advert, nd-redirect } drop",
        "exthdr frag exists icmpv6 type nd-neighbor-solicit drop",
        'ether saddr 02:00:00:00:00:02 counter drop comment "guard of vm1"',
    ),
    "bridge": (
        'iifname { "vnet0", "vnet1" } drop',
        'iifname "demo-*" ether type ip drop',
        'iifname vmap { "a" : accept, "b" : drop }',
    ),
    "inet": (
        'iifname "demo-br" oifname != "demo-br" drop',
        'iifname != "demo-br" oifname "demo-br" drop',
        "ct state established,related accept",
        "meta l4proto { 1, 58 } accept",
        "tcp dport { 22, 80-443 } accept",
        "ip daddr 192.0.2.0/24 reject with icmp admin-prohibited",
    ),
}
HOOKS = {
    "netdev": 'type filter hook ingress device "nic0" priority filter; policy accept;',
    "bridge": "type filter hook input priority filter; policy drop;",
    "inet": "type filter hook forward priority filter + 10; policy accept;",
}


def _chain(family: str, *rules: str, name: str = "c", hook: str = "") -> NftChain:
    device = "nic0" if family == "netdev" else ""
    return NftChain(HOME, family, "netproof-demo", name, hook or HOOKS[family], rules, device)


def _table(family: str) -> NftTable:
    return NftTable(HOME, family, "netproof-demo")


@pytest.mark.parametrize(
    ("family", "rule"), [(f, r) for f, rules in RULES.items() for r in rules], ids=lambda text: text[:40]
)
def test_rule_comes_back_as_it_was_written(linux: Bench, family: str, rule: str) -> None:
    """Else the state read back would differ from the one desired, for ever."""
    chain = _chain(family, rule)
    linux.create(_table(family), chain)
    assert linux.read().state[chain.key] == chain


def test_many_rules_come_back_in_their_order(linux: Bench) -> None:
    """Chains of all families at once."""
    chains = [_chain(family, *rules) for family, rules in RULES.items()]
    linux.create(*map(_table, RULES), *chains)
    state = linux.read().state
    assert [state[chain.key] for chain in chains] == chains


def test_all_steps_are_one_transaction(linux: Bench) -> None:
    """One bad rule in the last of ten chains, and none of the ten is there; the error names that one."""
    good = [_chain("netdev", "drop", name=f"c{n}") for n in range(9)]
    bad = _chain("netdev", "ct state new drop", name="bad")
    with pytest.raises(KernelError) as told:
        linux.create(_table("netdev"), *good, bad)
    assert told.value.what == f"create {bad.describe()}"
    assert "netproof-demo" not in run("ip", "netns", "exec", linux.home, "nft", "list", "tables")


def test_text_that_nft_does_not_understand_is_told_with_its_words(linux: Bench) -> None:
    """A mistake of ours, not of the kernel; still one clear error."""
    with pytest.raises(KernelError, match="syntax error") as told:
        linux.create(_table("inet"), bad := _chain("inet", "no such words"))
    assert told.value.what == f"create {bad.describe()}"
    assert told.value.errno == errno.EINVAL


def test_replacement_is_atomic_with_its_neighbours(linux: Bench) -> None:
    """Rules, policy and hook change, a chain goes, another comes: one transaction, read back equal."""
    one, two = _chain("netdev", "accept", name="one"), _chain("netdev", "drop", name="two")
    linux.create(_table("netdev"), one, two)
    rules = _chain("netdev", "ether type arp accept", "drop", name="one")
    linux.do(Replace(one, rules), Delete(two), Create(three := _chain("netdev", "drop", name="three")))
    assert [linux.has(c) for c in (rules, two, three)] == [True, False, True]
    policy = _chain("netdev", "drop", name="one", hook=HOOKS["netdev"].replace("policy accept", "policy drop"))
    linux.replace(rules, policy)
    assert linux.has(policy)


def test_chain_whose_device_vanished_is_read_only_if_it_still_guards_the_name(linux: Bench) -> None:
    """On 6.18 the chain outlives its link and takes hold of the next of that name; older kernels drop the chain."""
    linux.create(_table("netdev"), chain := _chain("netdev", "counter drop"))
    run("ip", "-n", linux.home, "link", "del", "nic0")
    run("ip", "-n", linux.home, "link", "add", "name", "nic0", "type", "veth", "peer", "name", "far")
    guards = linux.has(chain)
    run("ip", "-n", linux.home, "addr", "add", "192.0.2.1/24", "dev", "far")
    for link in ("nic0", "far"):
        run("ip", "-n", linux.home, "link", "set", link, "up")
    run("ip", "netns", "exec", linux.home, "ping", "-c1", "-W1", "192.0.2.9", check=False)
    listed = run("ip", "netns", "exec", linux.home, "nft", "list", "ruleset")
    assert guards == ("packets" in listed and "packets 0" not in listed)


def test_table_of_anothers_is_neither_read_nor_touched(linux: Bench) -> None:
    """Only tables with our prefix are looked at."""
    nft = ("ip", "netns", "exec", linux.home, "nft")
    run(*nft, "add table inet filter; add chain inet filter input { type filter hook input priority 0; }")
    before = run(*nft, "list", "ruleset")
    linux.create(_table("inet"), _chain("inet", "drop"))
    reading = linux.read()
    assert {table.name for table in reading.state.of(NftTable)} == {"netproof-demo"}
    assert not reading.other_sites
    linux.delete(_table("inet"))
    assert run(*nft, "list", "ruleset") == before


def test_table_that_goes_while_it_is_read_is_absent(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was there when tables were listed, and is not when its chains are asked for."""
    linux.create(_table("inet"), _chain("inet", "drop"))
    monkeypatch.setattr(libnftables, "run", _refusing("No such file or directory; did you mean …"))
    assert not list(linux.read().state.of(NftTable))


def test_refused_listing_is_an_error_that_names_the_table(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else nft says of it is for the user to read, not a traceback."""
    linux.create(_table("inet"))
    monkeypatch.setattr(libnftables, "run", _refusing("Operation not permitted"))
    with pytest.raises(KernelError) as told:
        linux.read()
    assert (told.value.what, told.value.errno) == ("read nft table inet netproof-demo", errno.EPERM)


def _refusing(words: str) -> Callable[[str], str]:
    def run(_: str) -> str:
        raise NftRefusedError(0, words)

    return run


def test_table_of_nobody_is_refused_in_the_words_that_reading_knows(linux: Bench) -> None:
    """nft says it like the C library, whatever it adds about tables that are there."""
    linux.create(_table("inet"))
    with entered(linux.home):
        assert read_contents(NftTable(HOME, "inet", "netproof-gone")) is None


def test_flushed_ruleset_is_read_as_absent(linux: Bench) -> None:
    """What `flush ruleset` took away is not there."""
    linux.create(_table("inet"), chain := _chain("inet", "drop"))
    run("ip", "netns", "exec", linux.home, "nft", "flush", "ruleset")
    state = linux.read().state
    assert chain.key not in state
    assert _table("inet").key not in state
