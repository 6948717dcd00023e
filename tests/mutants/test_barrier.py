"""The forwarding barrier holds what isolation holds as well, on a host that forwards: each keeps it without the other.

::

    vm1 ── dmz (bridge) ── hv1, forwarding ── eth1 ── pdu
"""

from __future__ import annotations

import pytest

from mutants.arena import Arena, not_kept

BARRIER = 'nft chain inet netproof forward | without iifname "dmz" oifname != "dmz" drop'
ISOLATION = ("nft chain netdev netproof isolation-dmz on dmz | gone", "tc clsact dmz ingress: drop | gone")

pytestmark = pytest.mark.needs("netns", "ip", "nft")


@pytest.mark.parametrize(
    ("gone", "is_reached"),
    [((), False), ((BARRIER,), False), (ISOLATION, False), ((*ISOLATION, BARRIER), True)],
    ids=["both stand", "isolation alone", "barrier alone", "neither"],
)
def test_station_behind_a_forwarding_host_is_reached_once_barrier_and_isolation_are_gone(
    ring: Arena, gone: tuple[str, ...], is_reached: bool
) -> None:
    """Somebody else turned forwarding on: the guests get no further than the host, or not even there."""
    forwarding = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    with ring.patient() as patient:
        patient.run("sysctl", "-qw", *forwarding)
        patient.perform(step for name in gone for step in ring.mutants[name].steps)
        found = {claim for claim in not_kept(patient.prove()) if claim.split("/")[2] == "pdu"}
        assert bool(found) == is_reached
        assert not is_reached or {claim.split("/")[1] for claim in found} == {"vm1", "vm2", "router"}
