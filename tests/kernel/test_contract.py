"""What every kernel promises, in memory and real: `create`, `read`, `replace`, `delete`, and errors that name."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from kernel.bench import Bench
from kernel.cases import BRIDGE, CASES, CHAIN, MARKED, SETTINGS, TABLE, Case
from netproof.change.step import Create, Delete, Replace
from netproof.errors import KernelError
from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftTable
from netproof.state.kinds import KINDS
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Link, Mac, Mtu, Up, Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject

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
    [c for c in CASES if not isinstance(c.make("guest"), Up | Port | VlanFiltering | NoArp) and "flood" not in c.name],
    ids=lambda case: case.name.replace(" ", "-"),
)
def test_object_that_exists_is_not_created_twice(bench: Bench, case: Case) -> None:
    """Creating what is there fails, naming it, and leaves it as it is; the others the kernel takes without a word."""
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
