"""A kernel to try: in memory, and Linux in a namespace of its own; each with a foreign NIC `nic0`, down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel.bench import Bench
from kernel.cases import Case
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.kernel.memory import MemoryKernel
from netproof.state.links import Veth
from netproof.state.object import HOME
from shell import run


@pytest.fixture
def linux(make_netns: Callable[[str], str]) -> Iterator[Bench]:
    """Linux, with a namespace as home."""
    home = make_netns("k")
    run("ip", "-n", home, "link", "add", "nic0", "type", "veth", "peer", "name", "nic0-far")
    with LinuxKernel(home) as kernel:
        yield Bench(kernel, home, f"{home}.g")
    for left in Path("/run/netns").glob(f"{home}.*"):
        run("ip", "netns", "del", left.name, check=False)


@pytest.fixture
def memory() -> Bench:
    """The kernel in memory."""
    return Bench(MemoryKernel([Veth(HOME, "nic0", "06:00:00:00:00:01", HOME, "nic0-far")]), "", "guest")


@pytest.fixture(params=["memory", pytest.param("linux", marks=pytest.mark.needs("netns", "ip", "nft"))])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each of the two kernels: what one does the other must, but for a case of what this Linux was built without."""
    case = request.node.callspec.params.get("case")
    if request.param == "linux" and isinstance(case, Case) and case.needs and case.needs not in capabilities():
        pytest.skip(f"this kernel lacks {case.needs}")
    found: Bench = request.getfixturevalue(request.param)
    return found
