"""Shapes of mappings: classes whose annotations say how each key is read, and the core of pydantic that reads by them.

pydantic itself would do the same, but to import it and to build its classes would take a fourth of a `plan`'s time.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic_core import CoreSchema, SchemaValidator, core_schema

REQUIRED: Final = object()
"""The default of a key that must be there."""


class Section:
    """A mapping of the site file: its keys are known, and values are never converted silently.

    A subclass annotates a field for each key; a key that is a word of Python's is written with a ``_`` after it.
    """

    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")  # the core's

    def __repr__(self) -> str:
        return f"{type(self).__name__}({vars(self)})"


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Annotates a type that `read` makes of a value, raising ValueError; `schema` tells editors of it."""

    read: Callable[[Any], Any]
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """Annotates a type that has a short form: `expand` makes it the long one; `schema` tells editors of the short."""

    expand: Callable[[Any], Any]
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Absent:
    """Annotates a key that may be absent: `make` makes its value then."""

    make: Callable[[], Any]


@dataclass(frozen=True, slots=True, eq=False)
class ChosenBy:
    """Annotates a union of sections: the word at `key` says which one is meant."""

    key: str


class Field(NamedTuple):
    """A key of a section: its annotation, its default (or REQUIRED), and what makes one (or None)."""

    key: str
    kind: Any
    default: Any
    make: Callable[[], Any] | None

    @property
    def is_required(self) -> bool:
        """Whether the key must be there."""
        return self.default is REQUIRED and self.make is None


def fields(section: type[Section]) -> dict[str, Field]:
    """Return the fields of `section`, by their names in Python."""
    return _fields(section)  # type: ignore[arg-type] # mypy takes a class's own __hash__ for that of its instances


@cache
def _fields(section: type[Section]) -> dict[str, Field]:
    return {
        name: _field(name.removesuffix("_"), kind, getattr(section, name, REQUIRED))
        for name, kind in get_type_hints(section, include_extras=True).items()
    }


def _field(key: str, kind: Any, default: Any) -> Field:
    made = [mark.make for mark in marks(kind) if isinstance(mark, Absent)]
    if isinstance(default, (dict, list)):
        made = [type(default)]  # a fresh one for each
        assert not default, "only an empty default is made afresh"  # noqa: S101 -- a mistake of the program
    return Field(key, kind, default, made[0] if made else None)


def marks(kind: Any) -> tuple[Any, ...]:
    """Return what annotates `kind`, the innermost first."""
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()


def bare(kind: Any) -> Any:
    """Return `kind` without what annotates it."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def parts(kind: Any) -> Iterator[Any]:
    """Yield the types that `kind` is made of, through annotations and unions."""
    kind = bare(kind)
    if get_origin(kind) in (Union, types.UnionType):
        for part in get_args(kind):
            yield from parts(part)
    else:
        yield kind


def members(kind: Any, key: str) -> dict[str, type[Section]]:
    """Return the sections of a union by the word at `key` that chooses each."""
    return {get_args(fields(member)[key].kind)[0]: member for member in get_args(kind)}


def reader(section: type[Section]) -> SchemaValidator:
    """Return what reads a value as a `section`, or raises pydantic_core's ValidationError."""
    return SchemaValidator(_section(section))


def _section(section: type[Section]) -> CoreSchema:
    each = {name: _read_field(name, field) for name, field in fields(section).items()}
    config = core_schema.CoreConfig(extra_fields_behavior="forbid", strict=True, title=section.__name__)
    return core_schema.model_schema(section, core_schema.model_fields_schema(each), config=config)


def _read_field(name: str, field: Field) -> core_schema.ModelField:
    schema = _schema(field.kind)
    if field.make is not None:
        schema = core_schema.with_default_schema(schema, default_factory=field.make)
    elif not field.is_required:
        schema = core_schema.with_default_schema(schema, default=field.default)
    return core_schema.model_field(schema, validation_alias=None if field.key == name else field.key)


def _schema(kind: Any) -> CoreSchema:
    """Return how the core reads `kind`."""
    schema: CoreSchema | None = None
    for mark in marks(kind):
        if isinstance(mark, Leaf):
            schema = core_schema.no_info_plain_validator_function(mark.read)
        elif isinstance(mark, ChosenBy):
            choices = {word: _section(member) for word, member in members(bare(kind), mark.key).items()}
            schema = core_schema.tagged_union_schema(choices, mark.key, strict=False)
        elif isinstance(mark, Short):
            schema = core_schema.no_info_before_validator_function(mark.expand, schema or _bare_schema(bare(kind)))
    return schema or _bare_schema(bare(kind))


def _bare_schema(kind: Any) -> CoreSchema:
    arguments = get_args(kind)
    match get_origin(kind):
        case None:
            return _section(kind)
        case origin if origin is list:
            return core_schema.list_schema(_schema(*arguments))
        case origin if origin is dict:
            return core_schema.dict_schema(*map(_schema, arguments))
        case origin if origin is Literal:
            return core_schema.literal_schema(list(arguments))
        case _:
            return core_schema.nullable_schema(_schema(or_none(kind)))


def or_none(kind: Any) -> Any:
    """Return the type that `kind` is if it is not None."""
    (only,) = (part for part in get_args(kind) if part is not types.NoneType)
    return only
