"""Sites with names of their own, so that labs of tests that run side by side never meet; whatever is left is removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_interface
from itertools import count

import pytest

from netproof.site.model import Endpoint, Host, Nic, PhysicalNetwork, Segment, Site, Station, Uplink
from netproof.values.address import Interface
from netproof.values.naming import endpoint_mac
from shell import run

_serial = count(1)


def _interfaces(*addresses: str) -> tuple[Interface, ...]:
    return tuple(map(ip_interface, addresses))


def bridge_isolation(name: str, isolation: str, guests: int = 2) -> Site:
    """The site of examples/bridge-isolation under another name, with any number of guests.

    ::

        router ── public ── eth2 ─ dmz ─ vm1, vm2 …
                                   hv1
        pdu ───── infra ─── eth1 ─ 192.168.14.1
    """
    gateways = (ip_address("198.51.100.254"), ip_address("2001:db8:51::fe"))
    infra = (ip_address("192.168.14.1"), ip_address("2001:db8:14::1"))
    eth1 = Nic("eth1", "infra", _interfaces("192.168.14.1/24", "2001:db8:14::1/64"))
    router = Nic("eth0", "public", _interfaces("198.51.100.254/24", "2001:db8:51::fe/64"))
    pdu = Nic("eth0", "infra", _interfaces("192.168.14.3/24", "2001:db8:14::3/64"), infra)
    vms = [
        Endpoint(
            vm := f"vm{i}",
            "hv1",
            "dmz",
            endpoint_mac(name, vm),
            _interfaces(f"198.51.100.{10 + i}/24", f"2001:db8:51::{10 + i}/64"),
            gateways=gateways,
        )
        for i in range(1, guests + 1)
    ]
    return Site(
        name,
        f"{name}.yaml",
        networks={n: PhysicalNetwork(n) for n in ("public", "infra")},
        hosts={"hv1": Host("hv1", (eth1, Nic("eth2", "public")))},
        stations={"router": Station("router", (router,)), "pdu": Station("pdu", (pdu,))},
        segments={"dmz": Segment("dmz", uplinks=(Uplink("hv1", "eth2"),), isolation=(isolation,))},
        endpoints={vm.name: vm for vm in vms},
    )


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    """Make the example's site with a unique name; what its lab leaves behind is removed by other means than ours."""
    made: list[str] = []

    def make(isolation: str = "auto", guests: int = 2) -> Site:
        made.append(f"t{os.getpid()}x{next(_serial)}")
        return bridge_isolation(made[-1], isolation, guests)

    yield make
    for line in run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if any(name.startswith((f"lab.{site}.", f"twin.{site}.")) for site in made):
            run("ip", "netns", "del", name, check=False)


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The example, isolated."""
    return make_site()
