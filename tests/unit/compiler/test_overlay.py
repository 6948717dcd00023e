"""Stretched segments, compiled for hosts that a site tells apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netproof.compiler.compile import compile_host
from netproof.errors import CannotError
from netproof.site.load import load_site
from netproof.site.opened import opened
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.links import Mtu
from netproof.state.tunnels import Vxlan
from netproof.values.naming import live_netns
from unit.compiler.sites import KERNEL

SITE = load_site(Path(__file__).parents[3] / "examples" / "overlay-static" / "site.yaml")


def state(host: str = "hv1", *, is_open: bool = False, capabilities: frozenset[str] = KERNEL) -> HostState:
    site = opened(SITE) if is_open else SITE
    return compile_host(site, host, capabilities, lambda e: live_netns(site.name, e.name)).state


def test_device_has_a_mac_of_its_own_on_each_host() -> None:
    """The same name everywhere, and nobody's MAC twice."""
    devices = [vxlan for host in SITE.hosts for vxlan in state(host).of(Vxlan)]
    assert {vxlan.ifname for vxlan in devices} == {"fabric-blue.vx", "fabric-red.vx"}
    assert len({vxlan.mac for vxlan in devices}) == len(devices) == 6


def test_opened_site_takes_vxlan_from_anybody() -> None:
    """The twin has the same devices, but that they learn, and no doors."""
    doors = [
        [c.name for c in found.of(NftChain) if c.name.startswith("vxlan-")] for found in (state(), state(is_open=True))
    ]
    assert doors == [["vxlan-blue", "vxlan-red"], []]
    assert [replace(v, learning=True) for v in state().of(Vxlan)] == list(state(is_open=True).of(Vxlan))


def test_mtu_is_set_wherever_a_frame_goes_through() -> None:
    """Bridge, device, port and the endpoint's own link."""
    found = {(m.netns, m.ifname): m.mtu for m in state().of(Mtu)}
    for where in (("", "fabric-blue"), ("", "fabric-blue.vx"), ("", "fabric-blue1"), ("fabric.blue1", "eth0")):
        assert found[where] == 1550


def test_kernel_without_vxlan_is_refused_by_name() -> None:
    """Nothing of the site is left out in silence."""
    with pytest.raises(CannotError, match="CONFIG_VXLAN"):
        state(capabilities=KERNEL - {"vxlan"})
