"""Every golden case of the compiler is done in a real kernel, and reads back as it was compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netproof.change.kernel import Scope
from netproof.change.ownership import Record
from netproof.change.plan import plan
from netproof.compiler.compile import Compiled, compile_host
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

pytestmark = pytest.mark.needs("netns", "nft")

CASES = sorted((Path(__file__).parents[1] / "cases" / "compiler").iterdir())


@contextmanager
def applied(site: Site, home: str) -> Iterator[tuple[Compiled, LinuxKernel]]:
    """Do what `hv1` of `site` should be in the namespace `home`, its guests and annexes beside it."""
    beside: dict[str, str] = {}
    made = compile_host(site, "hv1", capabilities(), lambda it: beside.setdefault(it.name, f"{home}.{it.name[:8]}"))
    with LinuxKernel(home) as kernel:
        try:
            steps = plan(made.state, kernel.read(Scope.of(site.name, made.state)), Record(), made.reasons)
            kernel.perform(site.name, [planned.step for planned in steps])
            yield made, kernel
        finally:
            for netns in beside.values():
                run("ip", "netns", "del", netns, check=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_compiled_case_reads_back_from_the_kernel(case: Path, make_netns: Callable[[str], str]) -> None:
    """What is compiled is spelled as the kernel spells it: object by object the same, in an order that it accepts."""
    needs = set((case / "kernel").read_text().split()) if (case / "kernel").exists() else set()
    if lacking := needs - capabilities():
        pytest.skip(f"this kernel lacks {', '.join(lacking)}")
    site, home, wire = load_site(case / "site.yaml"), make_netns("home"), make_netns("wire")
    for nic in (nic for nic in site.hosts["hv1"].nics if not nic.vlan):
        size = ("mtu", str(site.networks[nic.network].mtu))
        run(
            "ip",
            "-n",
            home,
            "link",
            "add",
            nic.name,
            *size,
            "type",
            "veth",
            "peer",
            "name",
            nic.name,
            *size,
            "netns",
            wire,
        )
        run("ip", "-n", wire, "link", "set", nic.name, "up")
    with applied(site, home) as (made, kernel):
        actual = kernel.read(Scope.of(site.name, made.state)).state
        assert {key: actual.get(key) for key in made.state} == dict(made.state)
