"""One `nft flush ruleset` on the host: what is held by other means holds, and what is not is noticed."""

from __future__ import annotations

import pytest

from mutants.arena import Arena, not_kept
from netproof.proof.claims import claims

OF_MACS = {"mac-spoof", "mac-theft", "after-mac-theft"}

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def test_flushed_ruleset_leaves_hosts_and_macs_closed_and_the_rest_is_noticed(ring: Arena) -> None:
    """Every way from the segment to its host stays closed but the link-local groups, and every lie about MACs."""
    with ring.patient() as patient:
        patient.run("nft", "flush", "ruleset")
        broken = not_kept(patient.prove())
        lies = {c.id for c in claims(patient.lab.site) if c.kind == "identity" and c.class_ not in OF_MACS}
        classes = ("lldp-to-host", "link-local-group-to-host")
        groups = {f"isolation/{vm}/hv1/{class_}/l2" for vm in ("vm1", "vm2") for class_ in classes}
        groups |= {f"isolation/{member}/hv1/neigh-multicast-mac/ipv4" for member in ("vm1", "vm2", "router")}
        assert broken == lies | groups


def test_flushed_ruleset_is_put_back_by_the_next_plan(ring: Arena) -> None:
    """A plan names what is gone; done, everything is kept again."""
    with ring.patient() as patient:
        patient.run("nft", "flush", "ruleset")
        plan = patient.plan()
        assert {planned.step.key[0] for planned in plan} == {"nft-table", "nft-chain"}
        patient.perform(planned.step for planned in plan)
        assert not_kept(patient.prove()) == frozenset()
