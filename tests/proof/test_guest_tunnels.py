"""A guest that speaks VXLAN to the VTEP of its own host: the door of the other tenant there is shut to it.

::

    h1: blue1 ── blue ── IP stack ─ VXLAN socket ── red ── red1          h2 alike
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest

from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from overlays.fabric import site_text
from shell import run

Family = Literal["ipv4", "ipv6"]


@pytest.fixture
def raised() -> Iterator[ExitStack]:
    """Labs that go with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def verdicts(
    tmp_path: Path, worker_id: str, raised: ExitStack
) -> Callable[..., tuple[Site, Callable[[], dict[str, str]]]]:
    """Build a fabric of two hosts whose bridges are open; return what tells of blue1's tries by their verdict."""

    def up(family: Family) -> tuple[Site, Callable[[], dict[str, str]]]:
        text = site_text(f"guests-{worker_id}", "flood", hosts=2, family=family)
        file = tmp_path / "site.yaml"
        file.write_text(text.replace("vni:", "isolation: none, vni:"))
        site = load_site(file)
        twin, lab = raised.enter_context(twin_of(site)), raised.enter_context(borrowed(site))
        whole = furnished(site)
        tried = [c for c in claims(whole) if c.kind == "transport" and c.from_ == "blue1"]

        def tell() -> dict[str, str]:
            report = prove(whole, tried, lab.vantages(), twin.vantages())
            assert {r.control for r in report.results} == {"lifted"}
            return {r.claim.id.removeprefix("transport/"): r.verdict for r in report.results}

        return site, tell

    return up


@pytest.mark.needs("netns", "ip", "nft")
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_guest_that_is_let_to_a_vtep_is_not_let_into_another_tenant(
    verdicts: Callable[..., tuple[Site, Callable[[], dict[str, str]]]], family: Family
) -> None:
    """Where its bridge is open, the door keeps it out; without the door's rules it is in."""
    site, tell = verdicts(family)
    forged = ("vxlan-forged", "vxlan-forged-broadcast", "vxlan-forged-tagged")
    names = {f"blue1/red@h1/{name}/{family}" for name in forged}
    assert tell() == dict.fromkeys(names, "kept")
    host = ("ip", "netns", "exec", f"lab.{site.name}.h1", "nft")
    table = run(*host, "list", "tables", "inet").split()[-1]
    run(*host, f"flush chain inet {table} vxlan-red")
    assert tell() == dict.fromkeys(names, "broken")
