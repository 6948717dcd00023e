"""No open window: what a guest floods never arrives, not while the lab grows, is changed, rolled back, or removed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lab_watch import eventually
from netproof.apply import verbs
from netproof.apply.transaction import Terms, Wish, apply
from netproof.compiler.compile import compile_host
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.lab.build import place_of
from netproof.lab.lab import down, up
from netproof.lab.nodes import netns_of
from netproof.site.model import Site
from netproof.site.opened import opened
from shell import run

FLOOD = str(Path(__file__).with_name("flood.py"))
UNWATCHED = Terms(watched=False)

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def _arrived(site: Site) -> dict[str, int]:
    """Return what IP stacks took: echoes at the host and at vm2, and datagrams at the host."""
    return {
        "echoes at hv1": _counter(site, "hv1", "Icmp", "InEchos"),
        "datagrams at hv1": sum(_counter(site, "hv1", "Udp", n) for n in ("NoPorts", "IgnoredMulti", "InDatagrams")),
        "echoes at vm2": _counter(site, "vm2", "Icmp", "InEchos"),
    }


def _counter(site: Site, node: str, protocol: str, name: str) -> int:
    text = run("ip", "netns", "exec", netns_of("lab", site.name, node), "cat", "/proc/net/snmp")
    names, values = re.findall(rf"^{protocol}: (.*)$", text, re.MULTILINE)
    return int(dict(zip(names.split(), values.split(), strict=True))[name])


@contextmanager
def _flooded(site: Site) -> Iterator[list[int]]:
    """Flood from vm1, which may not exist yet; the list holds afterwards how many frames were sent."""
    macs = [site.endpoints[name].mac for name in ("vm1", "vm2")]
    argv = [sys.executable, FLOOD, netns_of("lab", site.name, "vm1"), *macs]
    sent: list[int] = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as flood:
        assert flood.stdout is not None
        flood.stdout.readline()
        try:
            yield sent
        finally:
            flood.terminate()
            sent.append(int(flood.stdout.read() or 0))


def _wish(site: Site) -> Wish:
    compiled = compile_host(site, "hv1", capabilities(), lambda e: netns_of("lab", site.name, e.name))
    return Wish(compiled.state, compiled.reasons, None)


def _rebuilt(site: Site) -> None:
    """Change the isolation under way, roll that back, and remove everything."""
    dmz = site.segments["dmz"]
    others = [replace(dmz, isolation=methods) for methods in (("bridge-filter", "tc-ingress"), ("tc-ingress",))]
    place = place_of("lab", site.name, "hv1")
    with LinuxKernel(place.netns) as kernel:
        for other in (*others, dmz, *others):
            apply(place, kernel, _wish(replace(site, segments={"dmz": other})), UNWATCHED)
        verbs.rollback(place, kernel, UNWATCHED)
        verbs.remove(place, kernel, UNWATCHED)


def test_flood_arrives_in_an_open_lab(make_site: Callable[..., Site]) -> None:
    """The control: with nothing isolated and nobody guarded, every sort of hostile frame arrives."""
    site = opened(make_site())
    with _flooded(site) as sent:
        up(site)
        eventually(lambda: all(_arrived(site).values()), within=5)
    assert sent[0] > 0


def test_flood_never_arrives_while_a_lab_goes_up_and_down(site: Site) -> None:
    """From the birth of the guest's namespace until it is gone."""
    for _ in range(3):
        with _flooded(site) as sent:
            up(site)
            eventually(lambda: _is_flooding(site), within=5)
            arrived = _arrived(site)
        assert sent[0] > 0
        assert not any(arrived.values()), arrived
        down(site.name)


def test_flood_never_arrives_while_the_isolation_changes_or_goes(site: Site) -> None:
    """From one closed state to another, back by rollback, and away by remove."""
    up(site)
    with _flooded(site) as sent:
        eventually(lambda: _is_flooding(site), within=5)
        _rebuilt(site)
    arrived = _arrived(site)
    assert sent[0] > 0
    assert not any(arrived.values()), arrived


def _is_flooding(site: Site) -> bool:
    """Say whether frames of the flood reached the host's port."""
    counted = run("ip", "-n", netns_of("lab", site.name, "vm1"), "-s", "link", "show", "eth0")
    return int(counted.splitlines()[-1].split()[1]) > 100
