"""What every kernel promises of VXLAN devices, and of what is written on them."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from kernel.bench import Bench
from kernel.cases import BRIDGE, UP, VXLAN
from netproof.errors import KernelError
from netproof.state.object import HOME
from netproof.state.tunnels import ALL_ZERO, Neighbour, RemoteEntry

MAC = "02:00:00:00:00:55"
WRITTEN = (
    RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.2"),
    RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.3"),
    RemoteEntry(HOME, "vx", MAC, "203.0.113.2"),
    Neighbour(HOME, "vx", "192.0.2.7", MAC),
    Neighbour(HOME, "vx", "2001:db8::7", MAC),
)


def test_device_takes_along_what_is_written_on_it(bench: Bench) -> None:
    """FDB entries and neighbours lie on the device: a plan that makes it anew makes them anew."""
    bench.create(VXLAN, *WRITTEN)
    assert all(map(bench.has, WRITTEN))
    bench.delete(VXLAN)
    bench.create(VXLAN)
    assert not any(map(bench.has, WRITTEN))


def test_flood_list_loses_the_one_vtep_that_is_deleted(bench: Bench) -> None:
    """The all-zero MAC has an entry a VTEP; the last one goes too."""
    one, other = WRITTEN[:2]
    bench.create(VXLAN, one, other)
    bench.delete(one)
    assert [bench.has(one), bench.has(other)] == [False, True]
    bench.delete(other)
    assert not bench.has(other)


@pytest.mark.parametrize("change", [{"local": "203.0.113.7"}, {"mac": "02:00:00:00:00:08"}])
def test_second_device_of_a_vni_is_refused(bench: Bench, change: dict[str, object]) -> None:
    """One of a VNI and port is in a namespace, whatever its local address: the error names it."""
    bench.create(VXLAN)
    second = replace(VXLAN, ifname="vy", **change)
    with pytest.raises(KernelError) as told:
        bench.create(second)
    assert (told.value.what, told.value.errno) == (f"create {second.describe()}", errno.EEXIST)
    bench.create(other := replace(second, udp_port=4790))
    assert bench.has(other)


def test_device_of_another_family_port_or_vni_is_another_device() -> None:
    """What the kernel refuses to change is made anew; so is a device that begins to proxy."""
    for other in (
        replace(VXLAN, local="2001:db8::1"),
        *(replace(VXLAN, **c) for c in ({"vni": 7}, {"udp_port": 7}, {"proxy": True})),
    ):
        assert not VXLAN.changes_in_place(other)


def test_underlay_takes_its_devices_along(bench: Bench) -> None:
    """A device that floods over a link goes with that link."""
    device = replace(VXLAN, remote_group="239.1.1.1", underlay="br0")
    bench.create(*UP, device)
    bench.delete(BRIDGE)
    assert not bench.has(device)
