"""The list of mutants that the proof does not notice."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("survivors.toml")
ALIKE = ("vm1", "vm2")


class Survivor(NamedTuple):
    """A mutant, and those that must be done as well before the proof notices it; none if nothing makes it notice."""

    mutant: str
    together: tuple[str, ...]


def survivors() -> dict[str, Survivor]:
    """Return the list by mutant; an entry with `*` stands for one of each endpoint."""
    listed = [
        Survivor(*(_named(text, name) for text in (mutant,)), tuple(_named(t, name) for t in entry.get("together", ())))
        for entry in tomllib.loads(LIST.read_text())["survivor"]
        for mutant in entry["mutants"]
        for name in (ALIKE if "*" in mutant else ("",))
    ]
    found = {survivor.mutant: survivor for survivor in listed}
    assert len(found) == len(listed), "a survivor is listed twice"
    return found


def _named(text: str, name: str) -> str:
    return text.replace("*", name)
