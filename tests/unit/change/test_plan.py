"""What single plans look like: who is in the way, what is said, what is left alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from laws.carrying import carry, everything, planned
from laws.states import FOREIGN, NAMED, VM1, Guest, Host
from netproof.change.kernel import Reading
from netproof.change.ownership import Kept, Record, as_served
from netproof.change.plan import Plan, plan, undo
from netproof.change.step import Create, Delete, Replace
from netproof.errors import ConflictError, UsageError
from netproof.kernel.memory import MemoryKernel
from netproof.state.filters import IngressDrop, NftChain
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Route, Rule
from netproof.state.links import Bridge, Link, Mtu, Up, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME
from netproof.state.tunnels import RemoteEntry, Vxlan

UPLINK = NAMED["an empty bridge"]
TRUNK = Host(bridges=("br1", "br2"), vids=(30, 40)).state()


def words(change: Plan) -> list[str]:
    return [f"{p.step.describe()} [{p.impact}]" for p in change]


def test_foreign_object_that_equals_the_desired_satisfies_it() -> None:
    """It is listed as foreign, and stays when we go."""
    kernel = MemoryKernel([*FOREIGN, Address(HOME, "eth1", "192.168.14.1/24")])
    change = planned(kernel, UPLINK, Record())
    found = {s.thing.key: s.foreign for s in change.satisfied}
    assert found[("address", HOME, "eth1", "192.168.14.1/24")]
    record = carry(kernel, UPLINK, Record())
    assert not planned(kernel, UPLINK, record)
    going = planned(kernel, HostState(), record)
    assert ("address", HOME, "eth1", "192.168.14.1/24") not in {p.step.key for p in going}


def test_foreign_route_with_another_next_hop_is_a_conflict() -> None:
    """The message names what is there and what was wanted."""
    kernel = MemoryKernel([*FOREIGN, Route(HOME, "0.0.0.0/0", "192.0.2.254", "eth1")])
    with pytest.raises(ConflictError, match=r"0\.0\.0\.0/0 via 192\.0\.2\.254 .* is foreign and in the way of "):
        planned(kernel, UPLINK, Record())


def test_uplink_with_a_foreign_address_is_refused() -> None:
    """An address on a bridge port would be answered for by the host."""
    kernel = MemoryKernel([*FOREIGN, Address(HOME, "eth2", "198.51.100.7/24")])
    with pytest.raises(ConflictError, match=r"eth2 198\.51\.100\.7/24 is foreign, and eth2 is an uplink"):
        planned(kernel, UPLINK, Record())


@pytest.mark.parametrize(
    "theirs",
    [
        Route(HOME, "8.8.8.0/24", "192.168.14.3", "eth1", 22),
        Route(HOME, "8.8.8.0/24", "192.168.14.3", "eth1", 23),
        Rule(HOME, "ipv4", 100, table=22),
        Rule(HOME, "ipv6", 100, table=23, narrowed=True),
    ],
)
def test_table_of_an_isolated_nic_is_ours_alone(theirs: Route | Rule) -> None:
    """Before anything is touched; and as drift, once it is applied."""
    isolated = NAMED["an isolated NIC"]
    conflict = f"^{re.escape(theirs.describe())} is foreign, and table {theirs.table} is an isolated NIC's alone"
    with pytest.raises(ConflictError, match=conflict):
        planned(MemoryKernel([*FOREIGN, theirs]), isolated, Record())
    elsewhere = replace(theirs, table=40)
    kernel = MemoryKernel([*FOREIGN, elsewhere])
    record = carry(kernel, isolated, Record())
    assert everything(kernel, isolated).state[elsewhere.key] == elsewhere
    kernel.perform("another", [Create(theirs)])
    reading = everything(kernel, isolated)
    with pytest.raises(ConflictError, match=conflict):
        plan(isolated, replace(reading, marked=reading.marked - {theirs.key}), record, {})


def test_what_serves_as_well_is_seen_as_what_is_wanted() -> None:
    """A route that also says whom to send as, an address without the kernel's route; not the other way round."""
    plain, said = Route(HOME, "0.0.0.0/0", "192.168.14.254", "eth1"), Address(HOME, "eth1", "192.168.14.1/24")
    more, less = replace(plain, prefsrc="192.168.14.1"), replace(said, noprefixroute=True)
    for wanted, there in ((plain, more), (said, less)):
        assert as_served(HostState([wanted]), Reading(HostState([there]))).state[wanted.key] == wanted
        assert as_served(HostState([there]), Reading(HostState([wanted]))).state[wanted.key] == wanted
        marked = Reading(HostState([there]), frozenset({there.key}))
        assert as_served(HostState([wanted]), marked).state[wanted.key] == there


def test_foreign_filter_in_the_place_of_ours_is_a_conflict() -> None:
    """On a bridge of ours too: it could be made neither beside it nor after it."""
    (drop,) = UPLINK.of(IngressDrop)
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, UPLINK.without(drop.key), Record())
    kernel.perform("another", [Create(replace(drop, instead="bpf"))])
    with pytest.raises(ConflictError, match=r"ingress: bpf pref 1 is foreign and in the way of .* ingress: drop"):
        planned(kernel, UPLINK, record)


def test_foreign_device_of_our_vni_is_a_conflict() -> None:
    """A namespace takes one device for a VNI and port, of whatever name: said before anything is touched."""
    theirs = Vxlan(HOME, "flannel.1", "02:00:00:00:00:77", 100, "192.168.14.9")
    with pytest.raises(
        ConflictError, match=r"vxlan flannel\.1 .* is foreign and has the VNI and the port of vxlan vx1"
    ):
        planned(MemoryKernel([*FOREIGN, theirs]), NAMED["a stretched bridge"], Record())
    assert planned(MemoryKernel([*FOREIGN, replace(theirs, udp_port=8472)]), NAMED["a stretched bridge"], Record())


def test_foreign_link_of_our_vlan_is_a_conflict() -> None:
    """A NIC has one link for a VID, of whatever name and binding: said before anything is touched."""
    theirs = Vlan(HOME, "eth2.30", "eth2", 30, loose=False)
    with pytest.raises(ConflictError, match=r"vlan eth2\.30 .* is foreign and carries the VLAN of vlan a\.30"):
        planned(MemoryKernel([*FOREIGN, theirs]), TRUNK, Record())
    assert planned(MemoryKernel([*FOREIGN, replace(theirs, vid=31)]), TRUNK, Record())


def test_foreign_address_on_the_nic_of_a_trunk_is_a_conflict() -> None:
    """As on an uplink that is bridged as a whole."""
    with pytest.raises(ConflictError, match=r"eth2 203\.0\.113\.9/24 is foreign, and eth2 is an uplink"):
        planned(MemoryKernel([*FOREIGN, Address(HOME, "eth2", "203.0.113.9/24")]), TRUNK, Record())


def test_vlan_is_as_wide_as_its_nic_only_after_that_is() -> None:
    """The kernel lets no link for a VLAN carry more than the NIC does, whatever the two are called."""
    steps = [p.step.key for p in planned(MemoryKernel(FOREIGN), TRUNK, Record())]
    assert steps.index(("mtu", HOME, "eth2")) < steps.index(("mtu", HOME, "a.30"))


def test_entries_on_a_foreign_device_are_ours_by_the_record() -> None:
    """A device that somebody made just as it is wanted stays when we go; what we wrote on it does not."""
    state = NAMED["a stretched bridge"]
    device = next(state.of(Vxlan))
    kernel = MemoryKernel([*FOREIGN, device])
    record = carry(kernel, state, Record())
    assert not planned(kernel, state, record)
    carry(kernel, HostState(), record)
    left = everything(kernel, state).state
    assert left[device.key] == device
    assert not list(left.of(RemoteEntry))


def test_link_that_is_not_there_is_named() -> None:
    """Before anything is touched, with those that are there."""
    with pytest.raises(UsageError, match="there is no link eth2 here; there are: eth1"):
        planned(MemoryKernel([Link(HOME, "eth1", "veth")]), UPLINK, Record())


def test_foreign_setting_goes_back_only_while_it_is_ours() -> None:
    """Somebody's own MTU, set after ours, stays."""
    state = NAMED["a neighbour of the address"]
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, state, Record())
    assert record.kept["mtu", HOME, "eth1"] == Kept(Mtu(HOME, "eth1", 1500), Mtu(HOME, "eth1", 1400))
    assert "link eth1 mtu 1500 [in place]" in words(planned(kernel, HostState(), record))
    kernel.perform("admin", [Replace(Mtu(HOME, "eth1", 1400), Mtu(HOME, "eth1", 9000))])
    assert not [w for w in words(planned(kernel, HostState(), record)) if "mtu" in w]


def test_foreign_port_on_our_bridge_is_drift() -> None:
    """What somebody plugs into a bridge of ours goes."""
    kernel = MemoryKernel([*FOREIGN, Link(HOME, "eth9", "veth")])
    record = carry(kernel, UPLINK, Record())
    kernel.perform("admin", [Create(type(UPLINK["port", HOME, "eth2"])(HOME, "eth9", "br1"))])  # type: ignore[call-arg] # a Port
    assert words(planned(kernel, UPLINK, record)) == ["port eth9 of br1 [in place]"]


def test_change_of_isolation_is_in_place() -> None:
    """The new method stands before the old one goes, and no link goes down."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, Host((VM1,), isolation=frozenset({"ingress"})).state(), Record())
    change = planned(kernel, Host((VM1,), isolation=frozenset({"tc-ingress"})).state(), record)
    assert words(change) == [
        "tc clsact br1 ingress: drop [in place]",
        "nft chain netdev netproof-demo isolation-br1 on br1 (0 rules) [in place]",
    ]


def test_veth_that_is_made_anew_is_disruptive_with_all_that_lies_on_it() -> None:
    """Its peer belongs in another namespace: the pair is deleted, and everything on both ends comes again."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, Host((VM1,)).state(), Record())
    change = planned(kernel, NAMED["a guest in another namespace"], record)
    first = [type(p.step).__name__ + " " + p.step.key[0] for p in change.steps[:3]]
    assert first == ["Delete up", "Delete nft-chain", "Delete link"]
    disruptive = {p.step.key for p in change if p.impact == "disruptive"}
    assert {("link", HOME, "p-vm1"), ("port", HOME, "p-vm1"), ("up", HOME, "p-vm1")} <= disruptive


def test_reasons_are_told_and_what_goes_is_no_longer_declared() -> None:
    """Each step bears the reason of its object."""
    kernel = MemoryKernel(FOREIGN)
    from netproof.change.ownership import scope_of
    from netproof.change.plan import plan

    reading = kernel.read(scope_of("demo", UPLINK, Record()))
    change = plan(UPLINK, reading, Record(), {("link", HOME, "br1"): "segment dmz"})
    assert change.steps[0].reason == "segment dmz"
    record = carry(kernel, UPLINK, Record())
    assert {p.reason for p in planned(kernel, HostState(), record)} == {"no longer declared"}


def test_link_up_that_was_ours_goes_down_again() -> None:
    """A NIC that was down before us is down after us; one that was up stays up."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, UPLINK, Record())
    ups = [p.step.key for p in planned(kernel, HostState(), record) if isinstance(getattr(p.step, "thing", None), Up)]
    assert ("up", HOME, "eth2") in ups
    assert ("up", HOME, "eth1") not in ups


def test_what_stood_in_a_foreign_namespace_stays_when_we_go() -> None:
    """A guest may live in a namespace that somebody else made: only what we put there goes."""
    theirs = (Namespace("theirs"), Up("theirs", "lo"))
    kernel = MemoryKernel([*FOREIGN, *theirs])
    desired = Host((Guest("vm1", netns="theirs"),)).state()
    record = carry(kernel, desired, Record())
    foreign = {s.thing.key for s in planned(kernel, desired, record).satisfied if s.foreign}
    assert {thing.key for thing in theirs} <= foreign
    record = carry(kernel, HostState(), record)
    left = everything(kernel, HostState(theirs)).state
    assert all(left.get(thing.key) == thing for thing in theirs)
    assert ("link", "theirs", "eth0") not in left


def test_foreign_route_over_a_link_of_ours_stays() -> None:
    """A routing daemon may use our bridge; its routes are its own."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, UPLINK, Record())
    kernel.perform("a daemon", [Create(Route(HOME, "10.77.0.0/16", "", "br1"))])
    assert not planned(kernel, UPLINK, record)


def test_foreign_address_on_a_link_of_ours_is_drift() -> None:
    """An address on an isolated bridge opens the host; it goes."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, UPLINK, Record())
    kernel.perform("admin", [Create(Address(HOME, "br1", "198.51.100.1/24"))])
    assert words(planned(kernel, UPLINK, record)) == ["br1 198.51.100.1/24 [in place]"]


def test_undo_opens_only_after_it_closed() -> None:
    """Back from a method that is a sysctl: its successor stands before the sysctl lets go."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, Host(isolation=frozenset({"ingress"})).state(), Record())
    change = planned(kernel, Host(isolation=frozenset({"disable-ipv6"})).state(), record)
    kernel.perform("demo", [p.step for p in change])
    held = everything(kernel, change.before, change.after).state
    back = undo(change.before, change.after, change.touched, record, held)
    assert [p.step.key[0] for p in back] == ["nft-table", "nft-chain", "sysctl"]


@pytest.mark.parametrize("desired", [HostState(), NAMED["another prefix length"]])
def test_route_that_others_share_is_neither_changed_nor_removed(desired: HostState) -> None:
    """Their next hops lie in the same route: it stays, and whoever wants it gone is told."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, UPLINK, Record())
    reading = everything(kernel, UPLINK, desired)
    [route] = list(UPLINK.of(Route))
    shared = replace(reading, state=reading.state.with_(replace(route, shared=True)))
    assert not plan(UPLINK, shared, record, {})
    with pytest.raises(ConflictError, match="is ours, and others appended next hops to it: remove theirs first"):
        plan(desired, shared, record, {})


def test_uplink_with_an_address_of_an_advertisement_is_refused() -> None:
    """Autoconfiguration is switched off by the operator, or it comes back."""
    kernel = MemoryKernel([*FOREIGN, Address(HOME, "eth2", "2001:db8:5::7/64", learned=True)])
    with pytest.raises(ConflictError, match=r"may have no address; switch off `net\.ipv6\.conf\.eth2\.autoconf"):
        planned(kernel, UPLINK, Record())


def test_address_of_an_advertisement_is_never_put_back() -> None:
    """A rollback later would make a static address of it."""
    kernel = MemoryKernel([*FOREIGN, Address(HOME, "eth1", "2001:db8:5::7/64", learned=True)])
    record = carry(kernel, UPLINK, Record())
    assert ("address", HOME, "eth1", "2001:db8:5::7/64") not in planned(kernel, HostState(), record).touched


ANNEX = "demo.br1@hv1"
ANNEXED = NAMED["guests of an annex"]


def test_bridge_that_leaves_for_an_annex_is_told_as_disruptive() -> None:
    """A guest's interface is made anew, though its port has another place now, and everybody else keeps theirs."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, NAMED["no uplink"], Record())
    said = words(planned(kernel, ANNEXED, record))
    assert f"veth p-vm1 in netns {ANNEX} ↔ eth0 in netns demo.vm1 [disruptive]" in said
    assert f"veth p-vm2 in netns {ANNEX} ↔ eth0 in netns demo.vm2 [in place]" in said


def test_what_is_gone_from_an_annex_is_planned_again() -> None:
    """It is no guest's business what rules there are."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, ANNEXED, Record())
    lost = [thing for thing in ANNEXED.values() if isinstance(thing, NftChain)]
    kernel.perform("demo", [Delete(chain) for chain in sorted(lost, key=lambda c: not c.device)])
    assert {p.step.key for p in planned(kernel, ANNEXED, record)} == {chain.key for chain in lost}


def test_link_of_somebody_else_in_an_annex_is_left_alone() -> None:
    """As at home: it bears no mark."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, ANNEXED, Record())
    kernel.perform("other", [Create(Bridge(ANNEX, "br7", "02:00:00:00:07:07"))])
    assert not planned(kernel, ANNEXED, record)
    assert "bridge br7" not in " ".join(words(planned(kernel, NAMED["a guest of an annex, other methods"], record)))
