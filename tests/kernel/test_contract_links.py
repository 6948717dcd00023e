"""What every kernel promises of links, and of what goes with them."""

from __future__ import annotations

import errno

import pytest

from kernel.bench import Bench
from kernel.cases import BRIDGE, UP
from netproof.change.kernel import Scope
from netproof.errors import KernelError
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.state.bridging import FdbEntry, Port
from netproof.state.layer3 import Address, Route
from netproof.state.links import Link, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME


@pytest.fixture
def vlans(bench: Bench) -> Bench:
    """A kernel that has links for VLANs; tests/uml has one where this one has none."""
    if isinstance(bench.kernel, LinuxKernel) and "vlan-links" not in capabilities():
        pytest.skip("this kernel lacks vlan-links; tests/uml has one that does not")
    return bench


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


VLAN = Vlan(HOME, "nic0.30", "nic0", 30)


def test_vlan_comes_up_and_goes_down_by_itself_alone(vlans: Bench) -> None:
    """Not with the link under it: what guards it may not stand yet."""
    under, own = Up(HOME, "nic0"), Up(HOME, "nic0.30")
    vlans.create(VLAN, under)
    assert own.key not in vlans.read().state
    vlans.create(own)
    vlans.delete(under)
    assert vlans.has(own)


def test_vlan_is_born_as_the_link_under_it_is_and_goes_with_it(vlans: Bench) -> None:
    """MAC and MTU are those of the other link; that link's end is its end."""
    vlans.create(Mtu(HOME, "nic0", 1400), VLAN)
    state = vlans.read().state
    assert state["mtu", HOME, "nic0.30"] == Mtu(HOME, "nic0.30", 1400)
    assert getattr(state["mac", HOME, "nic0.30"], "mac", "") == getattr(state["mac", HOME, "nic0"], "mac", None)
    vlans.delete(Veth(HOME, "nic0", "02:00:00:00:00:01", HOME, "nic0-far"))
    assert VLAN.key not in vlans.read().state


def test_second_link_for_the_vlan_of_a_link_is_refused(vlans: Bench) -> None:
    """Whatever it is called."""
    vlans.create(VLAN, Vlan(HOME, "nic0.31", "nic0", 31))
    with pytest.raises(KernelError) as told:
        vlans.create(Vlan(HOME, "other", "nic0", 30))
    assert told.value.errno == errno.EEXIST


def test_fdb_entry_of_a_mac_at_another_port_is_refused(bench: Bench) -> None:
    """One MAC is at one port: a static entry does not silently move."""
    far = Port(HOME, "nic0-far", "br0")
    here, there = FdbEntry(HOME, "nic0", "02:00:00:00:00:55"), FdbEntry(HOME, "nic0-far", "02:00:00:00:00:55")
    bench.create(BRIDGE, Port(HOME, "nic0", "br0"), far, here)
    with pytest.raises(KernelError) as told:
        bench.create(there)
    assert told.value.errno == errno.EEXIST
    assert bench.has(here)
