"""The script knows every kind of object."""

from __future__ import annotations

import json
from pathlib import Path

from netproof.render.commands import COMMANDS
from netproof.state.filters import NftChain, NftTable
from netproof.state.kinds import BY_NAME, KINDS

CASE = Path(__file__).parents[2] / "cases" / "render" / "shell" / "every-kind-of-object" / "state.json"


def test_every_kind_of_object_has_its_commands() -> None:
    """Tables and chains are loaded by nft; each other kind has one function."""
    assert COMMANDS.keys() | {NftTable, NftChain} == set(KINDS)


def test_case_of_every_kind_has_every_kind() -> None:
    """The golden script shows each of them; a link of nobody's making is none that is desired."""
    assert {value["kind"] for value in json.loads(CASE.read_text())} == BY_NAME.keys() - {"link"}
