"""pydantic's errors in our own words."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

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
    models = [m for m in _parts(known) if isinstance(m, type) and issubclass(m, BaseModel)]
    return [f.alias or name for m in models for name, f in m.model_fields.items()]


def _inside(kind: Any, step: str | int) -> Any:
    for part in _parts(kind):
        if isinstance(part, type) and issubclass(part, BaseModel):
            for name, f in part.model_fields.items():
                if step in (name, f.alias):
                    return f.annotation
            if any(step in get_args(f.annotation) for f in part.model_fields.values()):
                return part  # the tag that chose this member of a union
        elif get_origin(part) in (dict, list):
            return get_args(part)[-1]
    return kind


def _parts(kind: Any) -> Iterator[Any]:
    """Yield the types that `kind` is made of, through annotations and unions."""
    if get_origin(kind) is Annotated:
        yield from _parts(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for part in get_args(kind):
            yield from _parts(part)
    else:
        yield kind
