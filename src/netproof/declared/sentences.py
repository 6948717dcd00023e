"""pydantic's errors in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic_core import ValidationError

from netproof.declared.shape import Section, fields, parts
from netproof.declared.sitefile import SiteFile
from netproof.declared.text import got, meant

_WANTED = {
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing of the wrong shape: its path in the file, the sentence, and whether the key itself is meant."""

    path: tuple[str | int, ...]
    message: str
    at_key: bool = False
    missing: str = ""


def mistakes_of(error: ValidationError, value: Any) -> list[Mistake]:
    """Return what `error` finds wrong with the file's `value`."""
    return [_mistake(dict(e), value) for e in error.errors(include_url=False)]


def _mistake(error: dict[str, Any], value: Any) -> Mistake:
    kind, location = error["type"], error["loc"]
    if location[-1:] == ("[key]",):
        return Mistake(_within(location[:-1], value), str(error["ctx"]["error"]), at_key=True)
    if kind == "missing":
        missing = str(location[-1])
        hint = "; a site file begins with `netproof: 1`" if location == ("netproof",) else ""
        return Mistake(_within(location[:-1], value), f'the key "{missing}" is missing{hint}', missing=missing)
    path = _within(location, value)
    if kind == "extra_forbidden":
        return Mistake(path, f"unknown key{meant(location[-1], _keys(location[:-1]))}", at_key=True)
    if kind == "value_error":
        return Mistake(path, str(error["ctx"]["error"]))
    return Mistake(path, _of_pydantic(kind, error))


def _of_pydantic(kind: str, error: dict[str, Any]) -> str:
    if kind == "union_tag_invalid":
        known = [word.strip(" '") for word in error["ctx"]["expected_tags"].split(",")]
        return f"got {got(error['ctx']['tag'])}{meant(error['ctx']['tag'], known)}"
    if kind == "union_tag_not_found":
        return f"the key {error['ctx']['discriminator']} is missing".replace("'", '"')
    return f"got {got(error['input'])}; expected {_WANTED[kind]}"


def _within(location: tuple[str | int, ...], value: Any) -> tuple[str | int, ...]:
    """Return `location` without the steps that are pydantic's own: a union's tag, the index of a single value."""
    path: list[str | int] = []
    for step in location:
        inside = (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int))
        if inside:
            path.append(step)
            value = value[step]
    return tuple(path)


def _keys(location: tuple[str | int, ...]) -> list[str]:
    """Name the keys that the mapping at `location` may have."""
    known: Any = SiteFile
    for step in location:
        known = _inside(known, step)
    return [f.key for section in _sections(known) for f in fields(section).values()]


def _inside(kind: Any, step: str | int) -> Any:
    for part in parts(kind):
        if get_origin(part) in (dict, list):
            return get_args(part)[-1]
    for section in _sections(kind):
        of = fields(section).values()
        for f in of:
            if step == f.key:
                return f.kind
        if any(step in get_args(f.kind) for f in of):
            return section  # the tag that chose this member of a union
    return kind


def _sections(kind: Any) -> list[type[Section]]:
    return [part for part in parts(kind) if isinstance(part, type) and issubclass(part, Section)]
