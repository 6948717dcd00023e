"""The site file's YAML: libyaml's events made into plain values, each with its place in the file.

Scalars are YAML 1.2's core schema (so `on`, `yes` and `012` are what they look like: two words and twelve); JSON is
read as YAML. Anchors, aliases, tags, merge keys, duplicate keys, keys that are not text and further documents are
refused: each of them lets a file mean something else than a reader sees.

A *spot* says where a node stands: ``(mark of its key or None, mark of the node, spots of its children)``. It costs
one tuple a node; line and column are worked out only where they are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.error import Mark, MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from netproof.declared import MAX_BYTES
from netproof.errors import InputError, Problem

MAX_DEPTH = 50
MAX_PROBLEMS = 100
MAX_DIGITS = 100

Spot = tuple[Mark | None, Mark, Any]
"""Mark of the key (None: no key), mark of the node, and its children: a dict or a list of spots, or None."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A file's value, where everything in it stands, and what was refused on the way."""

    file: str
    value: Any
    spot: Spot
    problems: list[Problem] = field(default_factory=list)


def parse(text: bytes, file: str) -> Tree:
    """Return the one document of `text`.

    Raises InputError where there is nothing sound to go on with: not UTF-8, too big, not YAML, too deep, aliases.
    What leaves a sound tree (a duplicate key, say) is told in its `problems`, so that later stages can add theirs.
    """
    if len(text) > MAX_BYTES:
        raise InputError([Problem(file, 0, 0, f"the file is bigger than {MAX_BYTES >> 20} MB: no site file is")])
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line, column = _at_byte(text, error.start)
        message = f"byte 0x{text[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise InputError([Problem(file, line, column, message)]) from None
    builder = _Builder(text, file)
    try:
        return builder.document()
    except ReaderError as error:
        line, column = _at_byte(text, error.position)
        message = f"the character {error.character:#06x} may not stand in YAML"
        raise InputError([*builder.problems, Problem(file, line, column, message)]) from None
    except MarkedYAMLError as error:
        raise InputError([*builder.problems, _syntax(text, file, error)]) from None
    except YAMLError as error:
        raise InputError([*builder.problems, Problem(file, 0, 0, f"not YAML: {error}")]) from None


def _at_byte(text: bytes, offset: int) -> tuple[int, int]:
    before = text[:offset]
    line_start = before.rfind(b"\n") + 1
    return before.count(b"\n") + 1, len(before[line_start:].decode(errors="replace")) + 1


def _syntax(text: bytes, file: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(file, 0, 0, f"not YAML: {error.problem}")
    line = text.decode().splitlines()[mark.line : mark.line + 1]
    if line and line[0][mark.column : mark.column + 1] == "\t":
        said = "a tab stands where YAML wants spaces; indent with spaces"
    elif line and line[0][mark.column : mark.column + 2] == "::":
        said = 'what begins with a colon must be quoted in YAML; write it as "::1"'
    else:
        said = f"not YAML: {error.problem}" + (f", {error.context}" if error.context else "")
    return Problem(file, mark.line + 1, mark.column + 1, said)


_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+").fullmatch
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?").fullmatch
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMBERS_BEGIN = frozenset("+-.0123456789")


def resolve(text: str) -> bool | int | float | str | None:
    """Return what the plain scalar `text` is in YAML 1.2's core schema (chapter 10.3.2 of its specification)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBERS_BEGIN:
        return text
    if _INTEGER(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    return float(text) if _FLOAT(text) else text


class _Builder:
    """Builds values and spots side by side; one call a mapping or list, none a scalar but to read it."""

    def __init__(self, text: bytes, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._get: Callable[[], Any] = CParser(text).get_event  # an event's attributes depend on its class
        self._resolved: dict[str, Any] = {}

    def document(self) -> Tree:
        """Return the whole file's tree."""
        self._get()  # the stream's start
        start = self._get()
        if not isinstance(start, DocumentStartEvent):
            raise InputError([Problem(self.file, 1, 1, "the file is empty; a site file begins with `netproof: 1`")])
        event = self._get()
        value, children = self._node(event, 0)
        self._get()  # the document's end
        further = self._get()
        if not isinstance(further, StreamEndEvent):
            self._refuse(further, "a second document begins here; a site file is one document")
        return Tree(self.file, value, (None, event.start_mark, children), self.problems)

    def _node(self, event: Any, depth: int) -> tuple[Any, Any]:
        if type(event) is ScalarEvent:
            return self._scalar(event), None
        if type(event) is AliasEvent:
            self._stop(event, f"the alias *{event.anchor} is refused: write the value itself")
        if depth >= MAX_DEPTH:
            self._stop(event, f"more than {MAX_DEPTH} levels deep; no site file is")
        self._unadorned(event)
        return self._mapping(depth + 1) if type(event) is MappingStartEvent else self._sequence(depth + 1)

    def _mapping(self, depth: int) -> tuple[dict[str, Any], dict[str, Spot]]:
        get, scalar, read_key = self._get, self._scalar, self._key
        values: dict[str, Any] = {}
        spots: dict[str, Spot] = {}
        while type(key_event := get()) is not MappingEndEvent:
            key = read_key(key_event, depth)
            event = get()
            if type(event) is ScalarEvent:
                value, children = scalar(event), None
            else:
                value, children = self._node(event, depth)
            if key in values:
                first = spots[key][0]
                at = f"{self.file}:{first.line + 1}" if first else self.file
                self._refuse(key_event, f'the key "{key}" stands here twice (first at {at})')
            elif key is not None:
                values[key] = value
                spots[key] = (key_event.start_mark, event.start_mark, children)
        return values, spots

    def _sequence(self, depth: int) -> tuple[list[Any], list[Spot]]:
        get, scalar = self._get, self._scalar
        values: list[Any] = []
        spots: list[Spot] = []
        while type(event := get()) is not SequenceEndEvent:
            if type(event) is ScalarEvent:
                value, children = scalar(event), None
            else:
                value, children = self._node(event, depth)
            values.append(value)
            spots.append((None, event.start_mark, children))
        return values, spots

    def _key(self, event: Any, depth: int) -> str | None:
        if type(event) is not ScalarEvent:
            self._node(event, depth)
            self._refuse(event, "a mapping or list stands where a key should; keys are words")
            return None
        key = self._scalar(event)
        if type(key) is str and (key != "<<" or not event.implicit[0]):
            return key
        if key == "<<":
            self._refuse(event, "the merge key << is refused: write the keys themselves")
        else:
            self._refuse(event, f'the key {event.value or "(empty)"} is not a word; write "{event.value}"')
        return None

    def _scalar(self, event: Any) -> Any:
        if event.tag is not None or event.anchor is not None:
            self._unadorned(event)
        text = event.value
        if not event.implicit[0]:
            return text
        try:
            return self._resolved[text]
        except KeyError:
            return self._resolve(event)

    def _resolve(self, event: Any) -> Any:
        text = event.value
        if len(text) > MAX_DIGITS and _INTEGER(text):
            self._refuse(event, f"a number of {len(text)} digits; quote it if it is text")
            return text
        value = self._resolved[text] = resolve(text)
        return value

    def _unadorned(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, f"the anchor &{event.anchor} is refused: write the value where it is used")
        if event.tag is not None:
            self._refuse(event, f"the tag {event.tag} is refused: values are plain")

    def _refuse(self, event: Any, message: str) -> None:
        self.problems.append(self._problem(event, message))
        if len(self.problems) >= MAX_PROBLEMS:
            self._stop(event, f"{MAX_PROBLEMS} mistakes so far; the rest of the file was not read")

    def _stop(self, event: Any, message: str) -> NoReturn:
        raise InputError([*self.problems, self._problem(event, message)])

    def _problem(self, event: Any, message: str) -> Problem:
        return Problem(self.file, event.start_mark.line + 1, event.start_mark.column + 1, message)
