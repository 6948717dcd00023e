"""Methods that close a part each, together: take one away, and the proof finds open what it alone closed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mutants.arena import EXAMPLE, EXAMPLES, Arena, Patient, not_kept
from netproof.change.step import Create, Delete, Replace, Step
from netproof.lab.lab import Lab, twin_of
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.state.layer3 import Sysctl

pytestmark = [pytest.mark.slow, pytest.mark.needs("netns", "ip", "nft")]

LISTS = (("no-arp", "rp-filter", "disable-ipv6"), ("raw-drop", "arp-filter"), ("raw-drop", "arp-ignore"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The example, by a name of its own."""
    file = tmp_path_factory.mktemp("lists") / "site.yaml"
    file.write_text(re.sub(r"^site: .*$", f"site: l{os.getpid()}", EXAMPLES[EXAMPLE].read_text(), flags=re.M))
    return load_site(file)


@pytest.fixture(scope="module")
def twin(site: Site) -> Iterator[Lab]:
    """Its open twin, which is the same whatever isolates the site."""
    with twin_of(site) as twin:
        yield twin


def undone(patient: Patient, method: str) -> list[Step]:
    """Return the steps that take one method away from the host: settings are put back, all else is deleted."""
    made = patient.compiled[patient.host]
    mine = [thing for key, thing in made.state.items() if made.reasons[key].startswith(f"isolation: {method}  ")]
    return [Replace(t, replace(t, value="0")) if isinstance(t, Sysctl) else Delete(t) for t in reversed(mine)]


@pytest.mark.parametrize("listed", LISTS, ids="+".join)
def test_method_taken_away_from_a_list_is_noticed(listed: tuple[str, ...], site: Site, twin: Lab) -> None:
    """Claims about the host are broken that were kept with the whole list."""
    segments = {name: replace(segment, isolation=listed) for name, segment in site.segments.items()}
    ring = Arena(replace(site, segments=segments), twin, {})
    with ring.patient() as patient:
        healthy = not_kept(patient.prove())
        for method in listed:
            steps = undone(patient, method)
            assert steps
            patient.perform(steps)
            opened = not_kept(patient.prove()) - healthy
            assert any(claim.startswith("isolation/") for claim in opened), method
            patient.perform([_redone(step) for step in reversed(steps)])


def _redone(step: Step) -> Step:
    return Replace(step.after, step.before) if isinstance(step, Replace) else Create(step.thing)
