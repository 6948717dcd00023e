"""Plans on the in-memory kernel: any state from any state, undone from any step, with nothing open on the way."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.carrying import carry, everything, planned
from laws.states import FOREIGN, NAMED, SITE, VM1, VM2, Guest, Host
from netproof.change.ownership import Record
from netproof.change.plan import undo
from netproof.change.step import Step
from netproof.kernel.memory import MemoryKernel
from netproof.state.bridging import Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Rule, Sysctl
from netproof.state.links import Bridge, Up
from netproof.state.object import HOME, is_hosts

guests = st.builds(
    Guest,
    name=st.just("vm1"),
    mac=st.sampled_from(["02:00:00:00:00:0a", "02:00:00:00:00:0b"]),
    address=st.sampled_from(["198.51.100.11/24", "198.51.100.11/25", "198.51.100.13/24"]),
    guarded=st.booleans(),
    tags=st.booleans(),
    bridge=st.sampled_from(["br1", "br2"]),
    netns=st.sampled_from(["", "demo.other"]),
)
hosts = st.builds(
    Host,
    guests=st.lists(guests, max_size=1).map(lambda g: (*g, Guest("vm2", "02:00:00:00:00:0c", "198.51.100.12/24"))),
    bridges=st.just(("br1", "br2")),
    isolation=st.frozensets(
        st.sampled_from(["ingress", "vlan-filtering", "no-arp", "tc-ingress", "disable-ipv6", "rule-blackhole"])
    ),
    uplink=st.sampled_from(["", "eth2"]),
    vids=st.sampled_from([(), (30,), (30, 40), (40, 30)]),
    nic_addresses=st.sampled_from([("192.168.14.1/24",), ("192.168.14.2/24", "2001:db8::1/64"), ("192.168.14.1/25",)]),
    mtu=st.sampled_from([0, 1400]),
    via=st.sampled_from(["", "192.168.14.100"]),
    forward=st.booleans(),
    annex=st.sampled_from(["", "demo.br1@hv1"]),
).map(Host.state)
states = st.one_of(st.sampled_from(list(NAMED.values())), hosts)
PAIRS = [pytest.param(a, b, id=f"{m} → {n}") for (m, a), (n, b) in permutations(NAMED.items(), 2)]


class StoppedError(Exception):
    pass


def stop_before(kernel: MemoryKernel, k: int) -> None:
    """Let the kernel's caller die before its k-th write from now."""
    left = k

    def hook(step: Step) -> None:
        nonlocal left
        if left == 0:
            raise StoppedError
        left -= 1

    kernel.before_write = hook


def proceed(kernel: MemoryKernel) -> None:
    kernel.before_write = lambda _: None


def check_apply(kernel: MemoryKernel, desired: HostState, record: Record) -> Record:
    """Apply, and find the desired state, nothing left to do, and nothing foreign gone."""
    record = carry(kernel, desired, record)
    held = everything(kernel, desired).state
    assert {k: held.get(k) for k in desired} == dict(desired)
    assert [p.step.describe() for p in planned(kernel, desired, record)] == []
    assert all(held.get(thing.key) == thing for thing in FOREIGN)
    return record


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_walk_from_state_to_state_ends_in_the_second(a: HostState, b: HostState) -> None:
    """From any named state to any other; from there away, all that was there before is there again."""
    kernel = MemoryKernel(FOREIGN)
    start = everything(kernel, a, b).state
    record = check_apply(kernel, b, check_apply(kernel, a, Record()))
    check_apply(kernel, HostState(), record)
    assert everything(kernel, a, b).state == start


@given(st.lists(states, min_size=2, max_size=4))
@settings(max_examples=150)
def test_result_depends_on_the_last_state_only(path: list[HostState]) -> None:
    """However one came, the kernel holds the same as after one apply on a fresh machine."""
    kernel, fresh, record = MemoryKernel(FOREIGN), MemoryKernel(FOREIGN), Record()
    for state in path:
        record = check_apply(kernel, state, record)
    check_apply(fresh, path[-1], Record())
    assert everything(kernel, *path).state == everything(fresh, *path).state


@given(states, states, st.data())
@settings(max_examples=150)
def test_undo_restores_the_state_before_from_any_step(a: HostState, b: HostState, data: st.DataObject) -> None:
    """Stopped before any step of a plan, and again before any step of the undo, the state before comes back."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, a, Record())
    before = everything(kernel, a, b)
    change = planned(kernel, b, record)
    stop_before(kernel, data.draw(st.integers(0, len(change))))
    try_to(kernel, [p.step for p in change])
    for k in (data.draw(st.integers(0, 12)), 10_000):
        back = undo(change.before, change.after, change.touched, record, everything(kernel, a, b).state)
        stop_before(kernel, k)
        try_to(kernel, [p.step for p in back])
    assert everything(kernel, a, b).state == before.state


def try_to(kernel: MemoryKernel, steps: list[Step]) -> None:
    try:
        kernel.perform(SITE, steps)
    except StoppedError:
        pass
    finally:
        proceed(kernel)


def assert_closed(kernel: MemoryKernel, a: HostState, b: HostState) -> None:
    """No port is up without what both states want it guarded by, no bridge without an isolation of either state."""
    held = everything(kernel, a, b).state
    for up in [u for u in held.of(Up) if is_hosts(u.netns)]:
        of_port = [c for s in (a, b) for c in s.of(NftChain) if c.device == up.ifname and c.name.startswith("guard")]
        if len(of_port) == 2:
            guards = (c for c in held.of(NftChain) if (c.netns, c.device) == (up.netns, up.ifname))
            assert any(guards), f"{up.ifname} is up without its guard"
            assert Port(up.netns, up.ifname, "").key in held, f"{up.ifname} is up outside its bridge"
    for port in [p for p in held.of(Port) if ("up", p.netns, p.ifname) in held]:
        assert held["sysctl", port.netns, f"net/ipv6/conf/{port.ifname}/disable_ipv6"].value == "1", (
            f"{port.ifname} speaks"
        )  # type: ignore[attr-defined] # a Sysctl
    for bridge in [br for br in held.of(Bridge) if ("up", br.netns, br.ifname) in held]:
        drops = [*held.of(NftChain), *held.of(VlanFiltering), *held.of(IngressDrop)]
        drops += [rule for rule in held.of(Rule) if rule.is_first]
        names = ("device", "ifname", "iif")
        closed = any(d.netns == bridge.netns and bridge.ifname in {getattr(d, n, "") for n in names} for d in drops)
        assert closed, f"{bridge.ifname} is up without isolation"


ISOLATED = {
    "two guests": NAMED["two guests"],
    "other methods": Host(guests=(VM1, VM2), isolation=frozenset({"tc-ingress"})).state(),
    "VLAN filtering": Host(guests=(VM1, VM2), isolation=frozenset({"vlan-filtering"})).state(),
    "one method": Host(guests=(VM1, VM2), isolation=frozenset({"ingress", "disable-ipv6"})).state(),
    **{n: NAMED[n] for n in ("an empty bridge", "MACs swapped", "a guest on another bridge", "no uplink", "nothing")},
    "an annex": NAMED["guests of an annex"],
    "an annex with a rule": Host(
        guests=(VM1, VM2), annex="demo.br1@hv1", isolation=frozenset({"rule-blackhole"})
    ).state(),
    "another namespace": NAMED["a guest in another namespace"],
}


@pytest.mark.parametrize(
    ("a", "b"), [pytest.param(a, b, id=f"{m} → {n}") for (m, a), (n, b) in permutations(ISOLATED.items(), 2)]
)
def test_no_window_opens_on_the_way(a: HostState, b: HostState) -> None:
    """Between any two closed states, and on the way back from any step, nothing is ever open."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, a, Record())
    for k in range(len(planned(kernel, b, record)) + 1):
        change = planned(kernel, b, record)
        for p in change.steps[:k]:
            kernel.perform(SITE, [p.step])
            assert_closed(kernel, a, b)
        for p in undo(change.before, change.after, change.touched, record, everything(kernel, a, b).state):
            kernel.perform(SITE, [p.step])
            assert_closed(kernel, a, b)


def test_uplink_stays_silent_until_it_left_the_bridge() -> None:
    """IPv6 is switched on again on an uplink only once it is no port any more."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, NAMED["two guests"], Record())
    steps = [p.step for p in planned(kernel, NAMED["the uplink as a NIC"], record)]
    kinds = [(type(s).__name__, s.key) for s in steps]
    left = kinds.index(("Delete", ("port", HOME, "eth2")))
    spoke = kinds.index(("Replace", Sysctl(HOME, "net/ipv6/conf/eth2/disable_ipv6", "0").key))
    addressed = kinds.index(("Create", ("address", HOME, "eth2", "2001:db8::1/64")))
    assert left < spoke < addressed
