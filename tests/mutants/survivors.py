"""The list of mutants that the proof does not notice.

An entry is about every generated mutant of its examples, by default of all, whose name reads as it says, on whatever
host. A word in braces stands for one word, the same wherever it stands in the entry: ``{vm}``; with a star for
several: ``{addresses*}``. Partners are on the same host unless they begin with another's name.

A ``doubted`` is noticed, but by claims that are left in doubt alone; a ``chancy`` sometimes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

LIST = Path(__file__).with_name("survivors.toml")
_ENTRIES = tomllib.loads(LIST.read_text())
_HOST = re.compile("[a-z0-9]+: ")
_ONE, _SEVERAL = r"[^|\s]+?", ".+?"
_PLACEHOLDER = re.compile(r"\\\{([a-z]+)(\\\*)?\\\}")


class Survivor(NamedTuple):
    """A mutant, and those that must be done as well before the proof notices it; none if nothing makes it notice."""

    mutant: str
    together: tuple[str, ...]


def survivors(names: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Survivor]]:
    """Return the list by example and mutant; `names` are those generated. What it says of no mutant fails."""
    return _listed("survivor", names)


def doubted(names: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Survivor]]:
    """Return by example and mutant what is noticed only by claims left in doubt; else as `survivors`."""
    return _listed("doubted", names)


def chancy(names: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Survivor]]:
    """Return by example and mutant what is noticed or not, as it happens; else as `survivors`."""
    return _listed("chancy", names)


def _listed(heading: str, names: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Survivor]]:
    found: dict[str, dict[str, Survivor]] = {example: {} for example in names}
    for entry in _ENTRIES[heading]:
        for pattern in entry["mutants"]:
            matched = list(_matched(pattern, entry, names))
            assert matched, f"no mutant is generated that reads: {pattern}"
            for example, survivor in matched:
                assert survivor.mutant not in found[example], f"{example}: listed twice: {survivor.mutant}"
                found[example][survivor.mutant] = survivor
    return found


def _matched(
    pattern: str, entry: Mapping[str, Any], names: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, Survivor]]:
    reads = re.compile(f"(?P<HOST>{_HOST.pattern})?{_regex(pattern, {})}").fullmatch
    for example in entry.get("examples", names):
        for name in names[example]:
            if said := reads(name):
                words = said.groupdict(default="")
                partners = (_partner(partner, words, names[example]) for partner in entry.get("together", ()))
                yield example, Survivor(name, tuple(partners))


def _partner(pattern: str, words: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the one mutant that reads so, on the same host or that named, where `words` stand for what they did."""
    host = "" if _HOST.match(pattern) else re.escape(words["HOST"])
    reads = re.compile(host + _regex(pattern, words)).fullmatch
    found = [name for name in names if reads(name)]
    assert len(found) == 1, f"not one mutant that reads: {pattern} with {words}: {found}"
    return found[0]


def _regex(pattern: str, words: Mapping[str, str]) -> str:
    """Return the regular expression of a pattern: what a placeholder stood for first, it stands for again."""
    seen: set[str] = set()

    def word(placeholder: re.Match[str]) -> str:
        name, several = placeholder[1], bool(placeholder[2])
        again = name in seen
        seen.add(name)
        if name in words:
            return re.escape(words[name])
        return f"(?P={name})" if again else f"(?P<{name}>{_SEVERAL if several else _ONE})"

    return _PLACEHOLDER.sub(word, re.escape(pattern))
