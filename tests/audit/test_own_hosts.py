"""Hosts that netproof has set up: no false alarm there, for every example has been proved by packets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples import FOR_ANY_KERNEL
from netproof.site.load import load_site
from shell import remove_labs

EXAMPLES = list(FOR_ANY_KERNEL.values())

NOT_OURS = {
    "arp-for-others": "of the host's own NICs, which the site leaves as they are",
    "reply-by-other-nic": "a NIC without a router in the site",
    "rp-filter-off": "of the host's own NICs",
}
"""Traps that are open there, and none of the site's making."""


def _netproof(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "netproof", *args], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.needs("netns", "ip", "bridge", "nft")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_host_that_a_site_was_applied_to_has_no_trap_of_the_sites_making(example: Path, tmp_path: Path) -> None:
    """On every managed host of the example's lab, with all checks run, and root at home in every endpoint."""
    site = f"xa{os.getpid()}-{EXAMPLES.index(example)}"
    path = tmp_path / "site.yaml"
    path.write_text(re.sub(r"(?m)^site: .*$", f"site: {site}", example.read_text()))
    declared = load_site(str(path))
    at_home = []
    try:
        assert _netproof("lab", "up", str(path)).returncode == 0
        for name in declared.endpoints:
            at_home.append(subprocess.Popen(["ip", "netns", "exec", f"lab.{site}.{name}", "sleep", "60"]))
        for name in declared.hosts:
            told = json.loads(_netproof("audit", "--netns", f"lab.{site}.{name}", "--format", "json").stdout)
            unexpected = [f"{f['id']}: {f['evidence']}" for f in told["findings"] if f["check"] not in NOT_OURS]
            assert (unexpected, told["not_run"]) == ([], {}), name
    finally:
        for process in at_home:
            process.kill()
            process.wait()
        _netproof("lab", "down", str(path))
        remove_labs({site})
