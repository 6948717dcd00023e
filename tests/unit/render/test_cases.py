"""Each folder of cases is a requirement: a state with its reasons, or a site, and the text that is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netproof.compiler.compile import Compiled
from netproof.registry import variants
from netproof.render.renderer import Subject
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.state.hoststate import HostState
from netproof.state.text import from_json

CASES = sorted((Path(__file__).parents[2] / "cases" / "render").glob("*/*"))
RENDERERS = variants("netproof.render", "RENDERER")


def _compiled(file: Path) -> Compiled:
    """Read a list of objects, each with the reason for it."""
    told = [(value.pop("why"), from_json(value)) for value in json.loads(file.read_text())]
    return Compiled(HostState(thing for _, thing in told), {thing.key: why for why, thing in told}, ())


def _subject(case: Path) -> Subject:
    if (case / "state.json").exists():
        return Subject(Site("demo", "site.yaml"), "hv1", lambda _: _compiled(case / "state.json"))
    host = case / "host"
    return Subject(
        load_site(case / "site.yaml"), host.read_text().strip() if host.exists() else None, lambda _: NOTHING
    )


NOTHING = Compiled(HostState(), {}, ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_rendered_text_is_that_of_its_case(case: Path) -> None:
    """The text is that of the golden file, byte by byte."""
    expected = case / f"expected.{case.parent.name}"
    assert RENDERERS[case.parent.name].render(_subject(case)) == expected.read_text()


def test_every_language_has_a_case() -> None:
    """Whoever adds a renderer shows what it writes."""
    assert {case.parent.name for case in CASES} == RENDERERS.keys()
