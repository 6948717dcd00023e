"""What opens comes last, and goes first."""

from __future__ import annotations

from netproof.change.diff import Delta
from netproof.change.order import ordered
from netproof.state.filters import NftChain
from netproof.state.layer3 import Sysctl
from netproof.state.links import Mtu
from netproof.state.object import HOME

BARRIER = NftChain(HOME, "inet", "netproof-demo", "forward", "type filter hook forward priority filter; policy accept;")
OFF, ON = (Sysctl(HOME, "net/ipv4/conf/eth1/forwarding", value, "eth1") for value in "01")


def test_host_forwards_only_once_the_barrier_stands() -> None:
    """A NIC forwards after the chain is loaded that says what."""
    delta = Delta(create={BARRIER.key: BARRIER}, replace={ON.key: (OFF, ON)})
    assert [step.key for step in ordered(delta, frozenset())] == [BARRIER.key, ON.key]


def test_host_forwards_no_more_before_the_barrier_goes() -> None:
    """The NIC's former value is back before the chain is taken away."""
    delta = Delta(delete={BARRIER.key: BARRIER}, replace={ON.key: (ON, OFF)})
    assert [step.key for step in ordered(delta, frozenset({ON.key}))] == [OFF.key, BARRIER.key]


def test_widest_mtu_is_set_first() -> None:
    """A VXLAN device with a group takes none that the NIC below it cannot carry."""
    nic, device = (Mtu(HOME, "eth1", 1500), Mtu(HOME, "eth1", 1600)), Mtu(HOME, "blue.vx", 1550)
    delta = Delta(create={device.key: device}, replace={nic[1].key: nic})
    assert [step.key for step in ordered(delta, frozenset())] == [nic[1].key, device.key]
