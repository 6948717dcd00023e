"""Whole sites under a policy, proved in labs: the example, one over VXLAN, one behind a gateway; and with a hole."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netproof.site.load import load_site
from policy.scene import NETPROOF
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

EXAMPLES = Path(__file__).parents[2] / "examples"
POLICIES = {
    "policy": None,
    "overlay-static": """
  - {from: blue1, to: blue2, allow: [tcp/5432, udp/5000-5010]}
  - {from: blue, to: blue, allow: icmp}
  - {from: blue, to: blue, deny: all}
  - {from: red1, to: red2, deny: tcp/5432}
""",
    "container-host": """
  - {from: web, to: printer, allow: tcp/9100}
  - {from: printer, to: db, allow: tcp/22}
  - {from: db, to: ch1, allow: tcp/9000}
  - {from: db, to: any, deny: all}
""",
}


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """An example under a name and a policy of its own; its lab is removed."""
    lines, name = POLICIES[request.param], f"e{os.getpid()}"
    text = (EXAMPLES / request.param / "site.yaml").read_text()
    head = "".join(f"site: {name}\n" if line.startswith("site:") else line for line in text.splitlines(keepends=True))
    path = tmp_path / "site.yaml"
    path.write_text(f"{head.partition('policy:')[0]}\npolicy:{lines}" if lines else head)
    yield path
    subprocess.run([NETPROOF, "lab", "down", path], capture_output=True, check=False)


def proved(path: Path) -> tuple[int, dict[str, Any]]:
    """Prove a site in its lab; return the exit status and the report."""
    argv = [NETPROOF, "prove", path, "--lab", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("file", POLICIES, indirect=True)
def test_site_under_a_policy_is_proved(file: Path) -> None:
    """Every claim is kept, those of the policy among them."""
    status, report = proved(file)
    assert [c["id"] for c in report["claims"] if c["verdict"] != "kept"] == []
    assert status == 0
    assert any(c["kind"] == "policy" for c in report["claims"])


@pytest.mark.parametrize("file", ["policy", "overlay-static"], indirect=True)
def test_policy_whose_rules_are_gone_is_broken(file: Path) -> None:
    """The chains stand, and are empty."""
    run(str(NETPROOF), "lab", "up", str(file))
    site = load_site(file).name
    for netns in (line.split()[0] for line in run("ip", "netns").splitlines() if line.startswith(f"lab.{site}.")):
        if "chain started" in run("ip", "netns", "exec", netns, "nft", "list", "ruleset"):
            for chain in ("started", "replies"):
                run("ip", "netns", "exec", netns, "nft", "flush", "chain", "bridge", f"netproof-{site}", chain)
    status, report = proved(file)
    assert {c["kind"] for c in report["claims"] if c["verdict"] == "broken"} == {"policy"}
    assert status == 1
