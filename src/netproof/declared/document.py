"""The site file as read: its shape, its places, and what is wrong with it so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import ValidationError

from netproof.declared.sentences import Mistake, mistakes_of
from netproof.declared.sitefile import FORMAT, SiteFile, validated
from netproof.declared.yaml import Spot, Tree, parse
from netproof.errors import InputError, Problem

Path = tuple[str | int, ...]
"""A way through the file from its top: keys and list indices."""

NAMED = ("networks", "hosts", "stations", "segments", "endpoints", "services")
"""Sections whose items have names."""


@dataclass(frozen=True, slots=True)
class Document:
    """A site file of the right shape, but for its `spoiled` items: (section, name) of those with mistakes in them.

    `written` holds the sound items only, so that no check tells the consequence of a mistake already told.
    `problems` are the mistakes of syntax and shape.
    """

    tree: Tree
    written: SiteFile
    problems: list[Problem] = field(default_factory=list)
    spoiled: frozenset[tuple[str, str]] = frozenset()

    @property
    def file(self) -> str:
        """The file's path as given."""
        return self.tree.file

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield (section, name) of all that the file names, spoiled or not, in its order."""
        for section, items in self.tree.value.items():
            if section in NAMED and isinstance(items, dict):
                yield from ((section, name) for name in items)

    def at(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of the value at `path`, or of its key; of what is around it if the file has it not."""
        _, (mark_of_key, mark, _) = self._written(path)
        chosen = mark_of_key if key and mark_of_key is not None else mark
        return chosen.line + 1, chosen.column + 1

    def value(self, path: Path) -> Any:
        """Return the value written at `path`; raises KeyError or IndexError."""
        value = self.tree.value
        for step in path:
            value = value[step]
        return value

    def line(self, path: Path) -> str:
        """Return ``FILE:LINE`` of the value at `path`."""
        return f"{self.file}:{self.at(path)[0]}"

    def problem(self, path: Path, message: str, *, key: bool = False) -> Problem:
        """Return a problem with the value at `path`, or with its key."""
        line, column = self.at(path, key=key)
        written, _ = self._written(path)
        return Problem(self.file, line, column, f"{shown(written)}: {message}" if written else message)

    def _written(self, path: Path) -> tuple[Path, Spot]:
        """Return the part of `path` that the file has, and its spot."""
        spot = self.tree.spot
        for depth, step in enumerate(path):
            try:
                spot = spot[2][step]
            except (KeyError, IndexError, TypeError):
                return path[:depth], spot
        return path, spot


def shown(path: Path) -> str:
    """Write a path as its author would: ``hosts.hv1.nics.eth0.addresses[0]``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def read(text: bytes, file: str) -> Document:
    """Read the site file `text`; `file` names it in problems.

    Raises InputError where the rest cannot be judged: see `yaml.parse`, and a file that is not of this format.
    """
    tree = parse(text, file)
    if not isinstance(tree.value, dict):
        raise InputError([*tree.problems, Problem(file, 1, 1, "expected a mapping that begins with `netproof: 1`")])
    try:
        return Document(tree, validated(tree.value), tree.problems)
    except ValidationError as error:
        mistakes = mistakes_of(error, tree.value)
    return _without(mistakes, tree)


def _without(mistakes: list[Mistake], tree: Tree) -> Document:
    value, spoiled = _pruned(mistakes, tree.value)
    document = Document(tree, validated(value), tree.problems, spoiled)
    format_problems = [m for m in mistakes if m.path == ("netproof",) or (not m.path and m.missing == "netproof")]
    for m in format_problems or mistakes:
        document.problems.append(document.problem(m.path, m.message, key=m.at_key))
    if format_problems:
        raise InputError(document.problems)
    return document


def _pruned(mistakes: list[Mistake], value: dict[str, Any]) -> tuple[dict[str, Any], frozenset[tuple[str, str]]]:
    """Return the file's value without what has mistakes in it: the named items, else the whole section."""
    sound: dict[Any, Any] = dict(value)
    spoiled = {(str(m.path[0]), str(m.path[1])) for m in mistakes if len(m.path) > 1 and m.path[0] in NAMED}
    for section in {section for section, _ in spoiled}:
        sound[section] = {n: item for n, item in sound[section].items() if (section, n) not in spoiled}
    for top in {m.path[0] for m in mistakes if m.path and (len(m.path) == 1 or m.path[0] not in NAMED)}:
        sound.pop(top, None)
    return {"site": "unnamed", **sound, "netproof": FORMAT}, frozenset(spoiled)
