"""What every kernel promises, in memory and real: `create`, `read`, `replace`, `delete`, and errors that name."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from kernel.bench import Bench
from netproof.change.kernel import Scope
from netproof.change.step import Create, Delete, Replace
from netproof.errors import KernelError
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.kinds import KINDS
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject

BRIDGE = Bridge(HOME, "br0", "02:00:00:00:00:01")
TABLE = NftTable(HOME, "netdev", "netproof-demo")
INGRESS = 'type filter hook ingress device "br0" priority filter; policy accept;'
CHAIN = NftChain(HOME, "netdev", "netproof-demo", "c", INGRESS, ("ether saddr 02:00:00:00:00:02 drop",), "br0")
SHARED = NftChain(HOME, "netdev", "netproof-demo", "shared", "", ("ether type 8021ad drop", "ether type arp accept"))
UP = (BRIDGE, Up(HOME, "br0"))


@dataclass(frozen=True)
class Case:
    """One object, what it needs first, what it may be replaced by in place, and its error on an absent link."""

    name: str
    make: Callable[[str], KernelObject]
    after: Callable[[str], tuple[KernelObject, ...]] = lambda _: ()
    changed: tuple[dict[str, object], ...] = ()
    orphan: Callable[[str], KernelObject] | None = None


def case(name: str, thing: KernelObject, *first: KernelObject, changed=(), orphan=None) -> Case:
    return Case(name, lambda _: thing, lambda _: first, tuple(changed), (lambda _: orphan) if orphan else None)


CASES = [
    Case("namespace", Namespace),
    case(
        "bridge",
        BRIDGE,
        changed=[{"mac": "02:00:00:00:00:99"}, {"stp": True}, {"mcast_snooping": True}, {"group_fwd_mask": 0xFFF8}],
    ),
    case(
        "bridge that forwards link-local groups",
        replace(BRIDGE, group_fwd_mask=0xFFF8),
        changed=[{"group_fwd_mask": 0}],
    ),
    Case(
        "veth",
        lambda guest: Veth(HOME, "v1", "02:00:00:00:00:03", guest, "eth0"),
        lambda guest: (Namespace(guest),),
        ({"mac": "02:00:00:00:00:77"},),
        lambda guest: Veth(HOME, "v1", "02:00:00:00:00:03", guest, "eth0"),
    ),
    Case(
        "veth between guests",
        lambda guest: Veth(guest, "v1", "02:00:00:00:00:03", HOME, "eth7"),
        lambda guest: (Namespace(guest),),
    ),
    case(
        "port",
        Port(HOME, "nic0", "br0"),
        BRIDGE,
        changed=[{"learning": False}, {"locked": True}, {"isolated": True}],
        orphan=Port(HOME, "nosuch", "br0"),
    ),
    case("port with flags", Port(HOME, "nic0", "br0", learning=False, locked=True, isolated=True), BRIDGE),
    case(
        "fdb",
        FdbEntry(HOME, "nic0", "02:00:00:00:00:55"),
        BRIDGE,
        Port(HOME, "nic0", "br0"),
        changed=[{"sticky": True}],
        orphan=FdbEntry(HOME, "nosuch", "02:00:00:00:00:55"),
    ),
    case("fdb sticky", FdbEntry(HOME, "nic0", "02:00:00:00:00:55", sticky=True), BRIDGE, Port(HOME, "nic0", "br0")),
    case("nft table", TABLE),
    case(
        "nft chain",
        CHAIN,
        BRIDGE,
        TABLE,
        changed=[
            {"rules": ()},
            {"rules": ("drop", "counter accept")},
            {"hook": INGRESS.replace("accept", "drop"), "rules": ("accept",)},
        ],
        orphan=replace(CHAIN, device="nosuch", hook=INGRESS.replace("br0", "nosuch")),
    ),
    case("nft chain that others jump to", SHARED, TABLE, changed=[{"rules": ()}, {"rules": ("drop",)}]),
    case(
        "nft chain that jumps",
        replace(CHAIN, rules=("jump shared", "drop")),
        BRIDGE,
        TABLE,
        SHARED,
        changed=[{"rules": ("drop",)}, {"rules": ("ether type ip jump shared", "goto shared")}],
    ),
    case("ingress drop", IngressDrop(HOME, "br0"), BRIDGE, orphan=IngressDrop(HOME, "nosuch")),
    case("up", Up(HOME, "br0"), BRIDGE, orphan=Up(HOME, "nosuch")),
    case("address ipv4", Address(HOME, "br0", "192.0.2.1/24"), *UP, orphan=Address(HOME, "nosuch", "192.0.2.1/24")),
    case("address ipv6", Address(HOME, "br0", "2001:db8::1/64"), *UP, orphan=Address(HOME, "nosuch", "2001:db8::1/64")),
    case("address link-local", Address(HOME, "br0", "fe80::7/64", nodad=True), *UP),
    case("address ipv4 without route", Address(HOME, "br0", "192.0.2.1/24", noprefixroute=True), *UP),
    case("address ipv6 without route", Address(HOME, "br0", "2001:db8::1/64", noprefixroute=True, nodad=True), *UP),
    case(
        "route ipv4",
        Route(HOME, "203.0.113.0/24", "192.0.2.254", "br0"),
        *UP,
        Address(HOME, "br0", "192.0.2.1/24"),
        changed=[{"via": "192.0.2.253"}],
        orphan=Route(HOME, "203.0.113.0/24", "192.0.2.254", "nosuch"),
    ),
    case(
        "route ipv6",
        Route(HOME, "2001:db8:9::/48", "2001:db8::fe", "br0"),
        *UP,
        Address(HOME, "br0", "2001:db8::1/64", nodad=True),
        changed=[{"via": "2001:db8::fd"}],
        orphan=Route(HOME, "2001:db8:9::/48", "2001:db8::fe", "nosuch"),
    ),
    case("route default ipv4", Route(HOME, "0.0.0.0/0", "", "br0", 1000, 50), *UP),
    case("route default ipv6", Route(HOME, "::/0", "", "br0", 1000, 50), *UP),
    case(
        "route with a source to take",
        Route(HOME, "192.0.2.0/24", "", "br0", 1000, prefsrc="192.0.2.1"),
        *UP,
        Address(HOME, "br0", "192.0.2.1/24"),
        Address(HOME, "br0", "192.0.2.2/24"),
        changed=[{"prefsrc": "192.0.2.2"}, {"prefsrc": ""}],
    ),
    case("route for a source", Route(HOME, "2001:db8::/64", "", "br0", 1000, source="::/128"), *UP),
    case("route unreachable ipv4", Route(HOME, "0.0.0.0/0", table=1000, metric=4278198272, unreachable=True)),
    case("route unreachable ipv6", Route(HOME, "::/0", table=1000, metric=4278198272, unreachable=True)),
    case("rule ipv4", Rule(HOME, "ipv4", 100, "192.0.2.0/24", "198.51.100.1/32", "br0", "nic0", 7, 1000)),
    case("rule ipv6", Rule(HOME, "ipv6", 100, "2001:db8::/32", "2001:db8:1::1/128", "br0", "nic0", 7, 1000)),
    case("rule blackhole", Rule(HOME, "ipv4", 100, action="blackhole")),
    case("rule prohibit", Rule(HOME, "ipv6", 100, action="prohibit")),
    case("rule unreachable", Rule(HOME, "ipv6", 0, oif="br0", action="unreachable")),
]
SETTINGS = [
    (Mac(HOME, "nic0", "02:00:00:00:00:31"), Mac(HOME, "nic0", "02:00:00:00:00:32")),
    (Mtu(HOME, "nic0", 1400), Mtu(HOME, "nic0", 1300)),
    (
        Sysctl(HOME, "net/ipv6/conf/nic0/disable_ipv6", "1", "nic0"),
        Sysctl(HOME, "net/ipv6/conf/nic0/disable_ipv6", "0", "nic0"),
    ),
    (Sysctl(HOME, "net/ipv4/ip_forward", "1"), Sysctl(HOME, "net/ipv4/ip_forward", "0")),
]
MARKED = (Namespace, Bridge, Veth, NftTable, Address, Route, Rule)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))


def test_every_kind_has_a_case() -> None:
    """A new kind of object has its row here, or is read only."""
    kinds = {type(case.make("guest")) for case in CASES} | {type(before) for before, _ in SETTINGS} | {Link}
    assert kinds == set(KINDS)


@every_case
def test_object_created_is_read_back_equal(bench: Bench, case: Case) -> None:
    """What was created is what is read, from the same namespace."""
    thing, first = case.make(bench.guest), case.after(bench.guest)
    assert not bench.has(thing)
    bench.create(*first, thing)
    assert bench.read(thing).state.get(thing.key) == thing


@every_case
def test_object_created_bears_our_mark_where_its_kind_can(bench: Bench, case: Case) -> None:
    """Marks are for the scope's site alone, and for kinds that can bear one."""
    thing, first = case.make(bench.guest), case.after(bench.guest)
    bench.create(*first, thing)
    assert (thing.key in bench.read(thing).marked) == isinstance(thing, MARKED)


@every_case
def test_object_deleted_is_gone_and_the_rest_stays(bench: Bench, case: Case) -> None:
    """Deleting is the inverse of creating: the state before, exactly."""
    thing, first = case.make(bench.guest), case.after(bench.guest)
    bench.create(*first)
    before = bench.read(thing).state
    bench.create(thing)
    bench.delete(thing)
    assert bench.read(thing).state == before


@every_case
def test_object_replaced_in_place_is_read_back_equal(bench: Bench, case: Case) -> None:
    """Each field that can change in place does, and back."""
    thing, first = case.make(bench.guest), case.after(bench.guest)
    bench.create(*first, thing)
    for change in case.changed:
        changed = replace(thing, **change)
        assert thing.changes_in_place(changed)
        bench.replace(thing, changed)
        assert bench.read(thing).state.get(thing.key) == changed
        bench.replace(changed, thing)
        assert bench.has(thing)


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if not isinstance(c.make("guest"), Up | Port)],  # these the kernel takes twice without a word
    ids=lambda case: case.name.replace(" ", "-"),
)
def test_object_that_exists_is_not_created_twice(bench: Bench, case: Case) -> None:
    """Creating what is there fails, naming it, and leaves it as it is."""
    thing, first = case.make(bench.guest), case.after(bench.guest)
    bench.create(*first, thing)
    before = bench.read(thing).state
    with pytest.raises(KernelError) as told:
        bench.create(thing)
    assert told.value.what == f"create {thing.describe()}"
    assert told.value.errno == errno.EEXIST
    assert bench.read(thing).state == before


@pytest.mark.parametrize("case", [c for c in CASES if c.orphan], ids=lambda case: case.name.replace(" ", "-"))
def test_object_whose_link_is_absent_is_refused_by_name(bench: Bench, case: Case) -> None:
    """No link, no namespace: an error that names step and object, and nothing is done."""
    assert case.orphan
    orphan = case.orphan(bench.guest)
    first = [t for t in case.after(bench.guest) if not isinstance(t, Namespace)]
    bench.create(*first)
    before = bench.read(orphan).state
    with pytest.raises(KernelError) as told:
        bench.create(orphan)
    assert told.value.what == f"create {orphan.describe()}"
    assert told.value.errno in (errno.ENODEV, errno.ENOENT)
    assert bench.read(orphan).state == before


@pytest.mark.parametrize(("one", "other"), SETTINGS, ids=lambda s: s.KIND)
def test_setting_is_changed_and_never_deleted(bench: Bench, one: KernelObject, other: KernelObject) -> None:
    """A setting always has a value; creating it means to set it."""
    bench.create(one)
    assert bench.has(one)
    bench.replace(one, other)
    assert bench.has(other)
    with pytest.raises(KernelError):
        bench.delete(other)
    assert bench.has(other)


@pytest.mark.needs("netns")
def test_sysctl_that_the_kernel_lacks_is_absent(linux: Bench) -> None:
    """A missing file is no value, and writing it is refused by name."""
    missing = Sysctl(HOME, "net/ipv4/conf/nosuch/rp_filter", "1", "nosuch")
    assert missing.key not in linux.read(missing).state
    with pytest.raises(KernelError, match="nosuch"):
        linux.create(missing)


def test_steps_are_done_in_order_up_to_the_one_that_fails(bench: Bench) -> None:
    """Those before the failed step are done, it and those behind are not: also within one batch."""
    made = [Rule(HOME, "ipv4", priority, table=1000) for priority in range(100, 110)]
    bench.create(made[5])
    with pytest.raises(KernelError) as told:
        bench.create(*made)
    assert told.value.what == f"create {made[5].describe()}"
    assert [bench.has(rule) for rule in made] == [True] * 6 + [False] * 4


def test_deletions_are_done_in_order_up_to_the_one_that_fails(bench: Bench) -> None:
    """As for creations: what was deleted behind the failed step is there again."""
    rules = [Rule(HOME, "ipv6", priority, table=1000) for priority in range(100, 110)]
    bench.create(*rules)
    bench.delete(rules[5])
    with pytest.raises(KernelError) as told:
        bench.delete(*rules)
    assert told.value.what == f"delete {rules[5].describe()}"
    assert [bench.has(rule) for rule in rules] == [False] * 6 + [True] * 4


def test_namespace_takes_along_what_is_in_it(bench: Bench) -> None:
    """A deleted namespace is read as nothing at all; its veth's near end goes with it."""
    inside = [Address(bench.guest, "eth0", "192.0.2.2/24"), Up(bench.guest, "eth0")]
    veth = Veth(HOME, "v1", "02:00:00:00:00:03", bench.guest, "eth0")
    bench.create(Namespace(bench.guest), veth, *reversed(inside))
    bench.delete(veth, Namespace(bench.guest))
    assert not [key for key in bench.read(*inside).state if key[1] == bench.guest]


def test_veth_shows_both_ends(bench: Bench) -> None:
    """Each end names the other; the far end, in its own namespace, is a veth with a MAC of its own."""
    veth = Veth(HOME, "v1", "02:00:00:00:00:03", bench.guest, "eth0")
    bench.create(Namespace(bench.guest), veth)
    state = bench.read(veth).state
    far = state["link", bench.guest, "eth0"]
    assert isinstance(far, Veth)
    assert (far.peer_netns, far.peer_ifname) == (HOME, "v1")
    near = state["link", HOME, "v1"]
    assert isinstance(near, Veth)
    assert near.peer_ifname == "eth0"


def test_veth_whose_other_end_is_out_of_scope_is_just_a_link(bench: Bench) -> None:
    """What cannot be seen is not guessed."""
    veth = Veth(HOME, "v1", "02:00:00:00:00:03", bench.guest, "eth0")
    bench.create(Namespace(bench.guest), veth)
    assert bench.kernel.read(Scope("demo")).state[veth.key] == Link(HOME, "v1", "veth")


def test_other_sites_at_home_are_told(bench: Bench) -> None:
    """A link or a table of another site is seen as that site's, and bears no mark of this one."""
    bench.kernel.perform("elsewhere", [Create(BRIDGE)])
    bench.kernel.perform("third", [Create(NftTable(HOME, "inet", "netproof-third"))])
    reading = bench.read()
    assert reading.other_sites == {"elsewhere", "third"}
    assert BRIDGE.key not in reading.marked


def test_identity_is_of_the_namespace(bench: Bench) -> None:
    """It stays the same while one changes things."""
    before = bench.kernel.identity
    bench.create(BRIDGE)
    assert bench.kernel.identity == before


def test_port_leaves_when_its_bridge_goes(bench: Bench) -> None:
    """The membership lies on the bridge too, and the link stays."""
    port = Port(HOME, "nic0", "br0")
    bench.create(BRIDGE, port)
    bench.delete(BRIDGE)
    state = bench.read().state
    assert port.key not in state
    assert ("link", HOME, "nic0") in state


def test_link_that_goes_down_loses_its_routes(bench: Bench) -> None:
    """IPv4 addresses stay, IPv6 addresses go, routes go: whoever puts it up again must make them again."""
    kept, lost = Address(HOME, "br0", "192.0.2.1/24"), Address(HOME, "br0", "2001:db8::1/64")
    route = Route(HOME, "203.0.113.0/24", "192.0.2.254", "br0")
    bench.create(*UP, kept, lost, route)
    bench.delete(Up(HOME, "br0"))
    state = bench.read().state
    assert [thing.key in state for thing in (kept, lost, route)] == [True, False, False]


def test_fdb_entry_of_a_mac_at_another_port_is_refused(bench: Bench) -> None:
    """One MAC is at one port: a static entry does not silently move."""
    far = Port(HOME, "nic0-far", "br0")
    here, there = FdbEntry(HOME, "nic0", "02:00:00:00:00:55"), FdbEntry(HOME, "nic0-far", "02:00:00:00:00:55")
    bench.create(BRIDGE, Port(HOME, "nic0", "br0"), far, here)
    with pytest.raises(KernelError) as told:
        bench.create(there)
    assert told.value.errno == errno.EEXIST
    assert bench.has(here)


def test_chain_that_is_jumped_to_cannot_go(bench: Bench) -> None:
    """Else a guard would be half a guard; once nothing jumps to it, it goes."""
    jumping = replace(CHAIN, rules=("jump shared",))
    bench.create(BRIDGE, TABLE, SHARED, jumping)
    with pytest.raises(KernelError) as told:
        bench.delete(SHARED)
    assert (told.value.what, told.value.errno) == (f"delete {SHARED.describe()}", errno.EBUSY)
    assert bench.has(SHARED)
    bench.do(Replace(jumping, CHAIN), Delete(SHARED))
    assert not bench.has(SHARED)


@pytest.mark.parametrize("made", [True, False], ids=["created", "replaced"])
def test_chain_cannot_jump_to_one_that_is_not_there(bench: Bench, made: bool) -> None:
    """The error names the chain that jumps, and what stood there stands."""
    bench.create(BRIDGE, TABLE, *([] if made else [CHAIN]))
    jumping = replace(CHAIN, rules=("jump shared",))
    with pytest.raises(KernelError) as told:
        bench.do(Create(jumping) if made else Replace(CHAIN, jumping))
    assert told.value.errno == errno.ENOENT
    assert bench.has(CHAIN) != made


def test_steps_of_several_kinds_and_namespaces_go_in_one_call(bench: Bench) -> None:
    """A whole guest at once, and away again in the reverse order."""
    things = [
        Namespace(bench.guest),
        BRIDGE,
        Veth(HOME, "v1", "02:00:00:00:00:03", bench.guest, "eth0"),
        Mac(bench.guest, "eth0", "02:00:00:00:00:04"),
        Sysctl(HOME, "net/ipv6/conf/v1/disable_ipv6", "1", "v1"),
        Port(HOME, "v1", "br0", learning=False, locked=True),
        FdbEntry(HOME, "v1", "02:00:00:00:00:04", sticky=True),
        TABLE,
        CHAIN,
        IngressDrop(HOME, "br0"),
        Up(HOME, "br0"),
        Up(HOME, "v1"),
        Up(bench.guest, "eth0"),
        Address(bench.guest, "eth0", "192.0.2.2/24"),
        Address(bench.guest, "eth0", "2001:db8::2/64"),
        Route(bench.guest, "0.0.0.0/0", "192.0.2.1", "eth0"),
        Route(bench.guest, "::/0", "2001:db8::1", "eth0"),
    ]
    before = bench.read(*things).state
    bench.do(*map(Create, things))
    state = bench.read(*things).state
    assert [thing for thing in things if state.get(thing.key) != thing] == []
    bench.do(*(Delete(thing) for thing in reversed(things) if not thing.SETTING))
    gone = bench.read(*things).state
    assert gone == before.only(lambda key: key[2:] != ("net/ipv6/conf/v1/disable_ipv6",))


def test_replace_names_step_and_object_when_it_fails(bench: Bench) -> None:
    """The verb is `change`."""
    before, after = Mtu(HOME, "nosuch", 1500), Mtu(HOME, "nosuch", 1400)
    with pytest.raises(KernelError) as told:
        bench.do(Replace(before, after))
    assert told.value.what == "change link nosuch mtu 1400"
