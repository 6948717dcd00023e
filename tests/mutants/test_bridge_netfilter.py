"""With bridge-nf-call the host's IP rules look into bridged frames; what is claimed holds with it and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mutants.arena import EXAMPLE, Arena, not_kept

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


def test_switch_of_our_bridge_is_what_tracks_connections_where_the_host_s_is_off(
    rings: Callable[[str], Arena],
) -> None:
    """All is kept with it; without, replies are told from starts no longer, and what lines allow gets no answer."""
    ring = rings("container-host")
    with ring.patient() as patient:
        patient.run("sysctl", "-qw", *(f"{switch}=0" for switch in SWITCHES))
        assert not_kept(patient.prove()) == frozenset()
        patient.perform(ring.mutants["ch1: bridge keys  MAC-gateway-keys  nf_call | nf_call False"].steps)
        assert not_kept(patient.prove()) >= {f"policy/signer/vault/allowed-{name}/ipv6" for name in ("tcp", "udp")}
