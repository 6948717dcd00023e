"""Each folder of cases is a requirement: a site, and the state that its host `hv1` should have.

A file `kernel` beside them names what the host's kernel can do beyond the usual.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netproof.compiler.compile import compile_host
from netproof.site.endpoints import Endpoint
from netproof.site.load import load_site
from netproof.site.segments import Annex
from netproof.state.hoststate import HostState
from netproof.state.text import state_from_json, state_to_json
from netproof.values.naming import live_netns
from unit.compiler.sites import KERNEL

CASES = sorted((Path(__file__).parents[2] / "cases" / "compiler").iterdir())


def compiled(case: Path) -> HostState:
    site = load_site(case / "site.yaml")

    def netns_of(node: Endpoint | Annex) -> str:
        endpoint = site.endpoints.get(node.name)
        return (endpoint and endpoint.netns) or live_netns(site.name, node.name)

    more = (case / "kernel").read_text().split() if (case / "kernel").exists() else []
    return compile_host(site, "hv1", KERNEL.union(more), netns_of).state


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_site_compiles_to_the_state_of_its_case(case: Path) -> None:
    """The state is that of the golden file, object by object."""
    golden = json.loads((case / "hv1.json").read_text())
    assert state_to_json(compiled(case)) == golden
    assert state_from_json(golden) == compiled(case)
