"""The script knows every kind of object."""

from __future__ import annotations

import json
from pathlib import Path

from netproof.render.commands import COMMANDS
from netproof.state.filters import NftChain, NftTable
from netproof.state.kinds import BY_NAME, KINDS
from netproof.state.layer3 import Rule

CASE = Path(__file__).parents[2] / "cases" / "render" / "shell" / "every-kind-of-object" / "state.json"


def test_every_kind_of_object_has_its_commands() -> None:
    """Tables and chains are loaded by nft; each other kind has one function."""
    assert COMMANDS.keys() | {NftTable, NftChain} == set(KINDS)


def test_rule_that_comes_first_is_written_with_what_it_comes_before() -> None:
    """The lookup of local addresses is behind it before it is gone from before it."""
    rule = Rule("demo.a@h", "ipv6", 0, iif="b", action="blackhole")
    assert [*COMMANDS[Rule](rule)] == [
        "ip -n demo.a@h -6 rule add priority 0 from all iif b blackhole",
        "ip -n demo.a@h -6 rule add priority 1 lookup local",
        "ip -n demo.a@h -6 rule del priority 0 lookup local",
    ]


def test_case_of_every_kind_has_every_kind() -> None:
    """The golden script shows each of them; a link of nobody's making is none that is desired."""
    assert {value["kind"] for value in json.loads(CASE.read_text())} == BY_NAME.keys() - {"link"}
