"""With bridge-nf-call the host's IP rules look into bridged frames; what is claimed holds with it and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants.arena import EXAMPLE, Arena

GOLDEN = Path(__file__).parents[1] / "cases" / "claims" / EXAMPLE / "ids.txt"
SWITCHES = [f"net.bridge.bridge-nf-call-{tables}" for tables in ("iptables", "ip6tables", "arptables")]

pytestmark = pytest.mark.needs("netns", "ip", "nft")


@pytest.mark.parametrize("value", ["1", "0"])
def test_every_golden_claim_is_kept_with_bridge_netfilter(ring: Arena, value: str) -> None:
    """All that the example claims is kept, whichever way the host has it."""
    with ring.patient() as patient:
        patient.run("sysctl", "-qw", *(f"{switch}={value}" for switch in SWITCHES))
        assert patient.run("sysctl", "-n", *SWITCHES).split() == [value] * len(SWITCHES)
        results = patient.prove().results
        assert [r.claim.id for r in results] == GOLDEN.read_text().split()
        assert {r.verdict for r in results} == {"kept"}
