"""Marks of ownership change no packet: it is the next plan that misses them.

What has lost its mark is somebody else's. Where it still is what we want it satisfies us as foreign; where it is not,
it is in our way, and no longer ours to change.
"""

from __future__ import annotations

import pytest

from mutants.arena import Arena, Patient, not_kept
from netproof.errors import ConflictError

pytestmark = pytest.mark.needs("netns", "ip", "nft")

UNMARKED = {
    "bridge": (["link set dev {site}-dmz alias -"], "bridge {site}-dmz"),
    "veth": (["link set dev {site}-vm1 alias -"], "veth {site}-vm1"),
    "address": (["address del 192.168.14.1/24 dev eth1", "address add 192.168.14.1/24 dev eth1"], "eth1 192.168.14.1"),
}
CHANGED = {
    "bridge": ["link set dev {site}-dmz address 02:00:00:00:be:7d"],
    "veth": ["link set dev {site}-vm1 address 02:00:00:00:be:7d"],
}


def _done(patient: Patient, commands: list[str]) -> None:
    for command in commands:
        words = command.format(site=patient.lab.site.name).split()
        patient.run("ip", *("" if word == "-" else word for word in words))


def _foreign(patient: Patient) -> list[str]:
    return [s.thing.describe() for s in patient.plan().satisfied if s.foreign]


@pytest.mark.parametrize("kind", sorted(UNMARKED))
def test_mark_that_is_gone_is_missed_by_the_plan_alone(ring: Arena, kind: str) -> None:
    """Every claim is kept; the plan, empty as before, tells that the object is foreign now."""
    commands, told = UNMARKED[kind]
    with ring.patient() as patient:
        started = told.format(site=patient.lab.site.name)
        assert not any(line.startswith(started) for line in _foreign(patient))
        _done(patient, commands)
        assert not patient.plan()
        assert any(line.startswith(started) for line in _foreign(patient))
        assert not_kept(patient.prove()) == frozenset()


@pytest.mark.parametrize("kind", sorted(CHANGED))
def test_unmarked_object_that_differs_is_a_conflict(ring: Arena, kind: str) -> None:
    """With its mark it would be changed back; without, it is named and left alone."""
    commands, told = UNMARKED[kind]
    with ring.patient() as patient:
        _done(patient, CHANGED[kind])
        assert len(patient.plan()) == 1
        _done(patient, commands)
        with pytest.raises(ConflictError, match=f"{told.format(site=patient.lab.site.name)}.* is foreign"):
            patient.plan()
