"""Poisons that are told at once disturb each other no more than if each were told alone: seen in their bytes.

A bridge sends by the MAC that a frame is for, and notes the one that it is from. So of two that share a lot, on one
Ethernet, neither may lie from a MAC to or from which the other speaks. What stacks believe of neighbours does not
matter: poisons are frames that no stack sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from netproof.proof import trial as trials
from netproof.proof.claims import claims, probes
from netproof.proof.flight import Flight
from netproof.proof.frames import mac_bytes
from netproof.proof.parties import Spot, joined, stands
from netproof.proof.probe import RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.trial import Trial, apart
from netproof.site.furnished import furnished
from netproof.site.load import load_site, parse_site
from netproof.site.model import Site
from netproof.values.naming import derived_mac
from overlays.fabric import site_text

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/site.yaml"))
SITES = {path.parent.name: load_site(path) for path in EXAMPLES} | {
    f"{overlay} with an uplink": parse_site(site_text("fabric", overlay, uplink=True).encode(), "site.yaml")
    for overlay in ("flood", "static-l2")
}
_VXLAN = b"\x08\0\0\0"
_WRAPPING = {b"\x08\x00": 14 + 20 + 8, b"\x86\xdd": 14 + 40 + 8}
"""Where VXLAN begins, by ethertype."""


@dataclass(frozen=True)
class Said:
    """What one trial puts on an Ethernet: MACs lied from, MACs spoken from in truth, MACs spoken to."""

    ethernet: frozenset[str]
    lied: frozenset[bytes]
    true: frozenset[bytes]
    to: frozenset[bytes]


@dataclass(frozen=True)
class Machine:
    """A host whose links have MACs, and which has no bridge yet."""

    name: str

    def mac(self, ifname: str) -> str:
        """Return a MAC of its own for each link."""
        return derived_mac("machine", f"{self.name}/{ifname}", "nic")

    def links(self) -> tuple[str, ...]:
        """Return no bridge: what is said of those is what a lab would derive."""
        return ()


def scene_of(site: Site) -> Scene:
    """Return the scene of a site of which nothing is built."""
    whole = furnished(site)
    machines: Any = {host: Machine(host) for host in whole.hosts}
    return Scene(whole, machines)


def poisons(site: Site) -> list[Trial]:
    """Return every trial of `site` that poisons, in the order in which they are tried."""
    scene, found = scene_of(site), []
    for claim in claims(scene.site):
        probe = probes()[claim.class_]
        if probe.poisons:
            realm: Any = None
            flights = [Flight(shot, realm, must_land=False) for shot in probe.shots(scene, claim)]
            found.append(Trial(claim, probe, None, flights))
    return found


def frames_of(shot: Shot) -> Iterator[tuple[Spot, bytes]]:
    """Yield each frame of a shot but what a stack sends, without what it is wrapped in, and who sends it."""
    ahead = shot.forerunner[:2] if shot.forerunner else (shot.sender, shot.load)
    every = (ahead, (shot.sender, shot.load))
    for spot, load in ((s, load) for s, load in every if isinstance(load, RawFrame)):
        frame = load.build(b"token")
        at = _WRAPPING.get(frame[12:14], len(frame))
        yield spot, frame[at + 8 :] if frame[at : at + 4] == _VXLAN else frame


def said(scene: Scene, trial: Trial) -> Iterator[Said]:
    """Yield what each shot of a trial puts on the Ethernet of whom it is about, or of who is to hear it."""
    for shot in (f.shot for f in trial.flights):
        segment = shot.about[0].segment if shot.about else stands(scene.site, shot.at.node)[0].segment
        frames = [(frame, frame[6:12] == mac_bytes(scene.mac_at(spot))) for spot, frame in frames_of(shot)]
        yield Said(
            joined(scene.site, segment),
            frozenset(frame[6:12] for frame, is_true in frames if not is_true),
            frozenset(frame[6:12] for frame, is_true in frames if is_true),
            frozenset(frame[:6] for frame, _ in frames if not frame[0] & 1),
        )


def disturbed(site: Site, lots: Iterable[list[Trial]]) -> list[tuple[str, str]]:
    """Return each two trials of one lot of which the first lies from a MAC to or from which the second speaks."""
    scene, found = scene_of(site), []
    for lot in lots:
        every = [(t.claim.id, s) for t in lot for s in said(scene, t)]
        for (one, a), (other, b) in permutations(every, 2):
            if one != other and a.ethernet & b.ethernet and a.lied & (b.to | b.true):
                found.append((one, other))
    return found


@pytest.mark.parametrize("name", SITES)
def test_poisons_told_at_once_disturb_nobody(name: str) -> None:
    """No lot has two of which one changes the way that the other's frames take; and each has a poison once."""
    tried = poisons(SITES[name])
    lots = list(apart(tried))
    assert disturbed(SITES[name], lots) == []
    assert sorted(t.claim.id for lot in lots for t in lot) == [t.claim.id for t in tried]


def test_poisons_all_told_at_once_would_disturb_each_other() -> None:
    """Else nothing would be shown by that."""
    site = SITES["bridge-isolation"]
    assert disturbed(site, [poisons(site)])


def test_poisons_that_share_a_victim_alone_would_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearers kept apart, but not whom they are lied to about."""
    monkeypatch.setattr(trials, "_parties", lambda trial: ((f.shot.at.node, "") for f in trial.flights))
    site = SITES["bridge-isolation"]
    assert disturbed(site, apart(poisons(site)))
