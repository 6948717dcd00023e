"""Methods keep on other examples what the tables say of one: over tunnels, and beside gateways."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from matrix.measured import ROOT
from netproof.isolation.choice import left_open, methods
from netproof.kernel.capabilities import capabilities

pytestmark = [pytest.mark.slow, pytest.mark.needs("netns", "nft")]

CLOSING = [name for name, method in methods().items() if not method.leaves_open]
SPARING = [name for name, method in methods().items() if method.spares_gateway]


def broken(example: str, method: str, folder: Path, *, gateways: bool) -> set[str]:
    """Prove an example with one method for its segments, those with `gateways` or those without; name what is broken.

    A machine that is busy with other labs leaves claims inconclusive: it gets three chances.
    """
    if (needs := methods()[method].needs) and not needs & capabilities():
        pytest.skip(f"this kernel lacks {methods()[method].lacking}; tests/uml has one that does not")
    site: dict[str, Any] = yaml.safe_load((ROOT / "examples" / example / "site.yaml").read_text())
    chosen = [segment for segment in site["segments"].values() if ("gateway" in segment) == gateways]
    assert chosen
    for segment in chosen:
        segment["isolation"] = [method]
    file = folder / "site.json"
    file.write_text(json.dumps(site | {"site": f"e{os.getpid()}"}))
    argv = [sys.executable, "-m", "netproof", "prove", str(file), "--lab", "--format", "json"]
    for _ in range(3):
        report = json.loads(subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
        if not report["summary"]["inconclusive"]:
            break
    return {f"{c['class']}/{c['family']}" for c in report["claims"] if c["verdict"] != "kept"}


@pytest.mark.parametrize("method", sorted(methods().keys() - {"raw-drop", "rule-blackhole"}))
def test_method_closes_over_a_tunnel_what_it_closes_at_a_port(method: str, tmp_path: Path) -> None:
    """Whether a frame for the host came from an endpoint beside it or out of VXLAN; all else is kept."""
    found = broken("overlay-static", method, tmp_path, gateways=False)
    assert found <= left_open((method,))
    assert bool(found) == (method not in CLOSING)


@pytest.mark.parametrize("method", sorted(SPARING))
def test_method_that_spares_a_gateway_leaves_every_claim_kept(method: str, tmp_path: Path) -> None:
    """The gateway works, and its own rules hold what the method leaves open: nobody is warned of that."""
    assert broken("container-host", method, tmp_path, gateways=True) == set()
