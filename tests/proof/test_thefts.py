"""Theft of MACs in labs: held by entries that stick, noticed where one does not, on one bridge and across an overlay.

::

    h1: blue1 ────────┐
    h2: blue2 ────────┼─ core       client ── hall ── h1's uplink        blue2 may have any MAC
    h3: blue3, blue4 ─┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.values.naming import port_ifname, vxlan_ifname
from overlays.fabric import site_text
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft", "bridge")

BLUE4 = "  blue4: {host: h3, segment: blue, mac: '50:54:33:00:00:04', addresses: [192.0.2.14/24]}\n"
Verdicts = Callable[[], dict[str, str]]


@pytest.fixture
def raised() -> Iterator[ExitStack]:
    """Labs that go with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def load(tmp_path: Path, worker_id: str) -> Callable[[str], Site]:
    """Read the fabric by a strategy, under a name that no other test has a lab of."""

    def read(strategy: str) -> Site:
        text = site_text(f"thefts-{worker_id}", strategy, uplink=True) + BLUE4
        file = tmp_path / "site.yaml"
        file.write_text(text.replace("blue2: {", "blue2: {guard: {mac: off}, "))
        return load_site(file)

    return read


def up(raised: ExitStack, site: Site) -> Verdicts:
    """Build a lab and its twin; return what tells of thefts there by their verdict: ``thief victim`` and class."""
    twin, lab = raised.enter_context(twin_of(site)), raised.enter_context(borrowed(site))
    whole = furnished(site)
    tried = [c for c in claims(whole) if "mac-theft" in c.class_]

    def verdicts() -> dict[str, str]:
        report = prove(whole, tried, lab.vantages(), twin.vantages())
        assert {r.control for r in report.results if r.claim.expect == "deny"} == {"lifted"}
        return {f"{r.claim.from_} {r.claim.to} {r.claim.class_}": r.verdict for r in report.results}

    return verdicts


def unstick(site: Site, host: str, port: str, endpoint: str) -> None:
    """Let the entry of an endpoint move."""
    argv = ("fdb", "replace", site.endpoints[endpoint].mac, "dev", port, "master", "static")
    run("bridge", "-n", f"lab.{site.name}.{host}", *argv)


def broken(verdicts: dict[str, str], victim: str = "") -> set[str]:
    """Return what is broken, for one victim: it is then mute, as its locked port takes nothing of its MAC any more."""
    assert "inconclusive" not in verdicts.values()
    return {name for name, verdict in verdicts.items() if verdict == "broken" and victim in name.split()[1]}


def of(thieves: tuple[str, ...], victim: str, *classes: str) -> set[str]:
    """Return claims by their names."""
    return {f"{thief} {victim} {name}" for thief in thieves for name in classes}


@pytest.mark.parametrize(
    ("strategy", "thieves", "classes"),
    [
        ("flood", ("client", "blue2"), ("after-mac-theft", "mac-theft")),
        ("static-l2", ("client",), ("after-mac-theft",)),
    ],
)
def test_entry_of_an_endpoint_that_moves_is_noticed(
    load: Callable[[str], Site],
    raised: ExitStack,
    strategy: str,
    thieves: tuple[str, ...],
    classes: tuple[str, ...],
) -> None:
    """Whoever is on the uplink, or across the overlay, gets what is for it, or it is lost on the way.

    A bridge that is told where everybody is sends nothing of it to a thief on another host; and at a tunnel behind
    which no stations are, as on h1, it learns nothing, so that blue2 has no thefts there.
    """
    site = load(strategy)
    verdicts = up(raised, site)
    assert broken(verdicts()) == set()
    unstick(site, "h3", port_ifname(site.name, "blue3"), "blue3")
    assert broken(verdicts(), "blue3") == of(("client", "blue2"), "blue3", *classes)
    unstick(site, "h1", port_ifname(site.name, "blue1"), "blue1")
    assert broken(verdicts(), "blue1") == of(thieves, "blue1", "after-mac-theft", "mac-theft")


def test_entry_at_the_tunnel_that_moves_is_noticed(load: Callable[[str], Site], raised: ExitStack) -> None:
    """What is for an endpoint on another host comes out at the uplink of this one."""
    site = load("static-l2")
    verdicts = up(raised, site)
    unstick(site, "h1", vxlan_ifname(site.name, "blue"), "blue3")
    assert broken(verdicts(), "blue3") == of(("client",), "blue3", "after-mac-theft", "mac-theft")
