"""The site file's JSON Schema, with which an editor completes and explains."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from netproof.declared.shape import ChosenBy, Leaf, Section, Short, bare, fields, marks, members, or_none
from netproof.declared.sitefile import SiteFile

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Return the schema (draft 2020-12) of format 1: each key with its description, short forms beside long ones."""
    shapes = {section.__name__: _shape(section) for section in Section.__subclasses__()}
    site = shapes.pop(SiteFile.__name__)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": dict(sorted(shapes.items()))}
    return {**head, **site, "title": "netproof site, format 1"}


def _shape(section: type[Section]) -> Schema:
    said = dict(_sentences(section))
    properties: dict[str, Schema] = {}
    for name, field in fields(section).items():
        default = {} if field.is_required or not hasattr(section, name) else {"default": field.default}
        properties[field.key] = {**default, **_schema(field.kind), "description": said[name]}
    required = [field.key for field in fields(section).values() if field.is_required]
    return {
        "additionalProperties": False,
        "description": inspect.getdoc(section),
        "properties": properties,
        **({"required": required} if required else {}),
        "title": section.__name__,
        "type": "object",
    }


def _schema(kind: Any) -> Schema:
    schema: Schema | None = None
    for mark in marks(kind):
        if isinstance(mark, Leaf):
            schema = mark.schema
        elif isinstance(mark, ChosenBy):
            schema = _chosen(members(bare(kind), mark.key), mark.key)
        elif isinstance(mark, Short):
            schema = _either(mark.schema, schema or _bare_schema(bare(kind)))
    return schema or _bare_schema(bare(kind))


def _chosen(sections: dict[str, type[Section]], key: str) -> Schema:
    references = {word: _reference(section) for word, section in sections.items()}
    mapping = {word: reference["$ref"] for word, reference in references.items()}
    return {"discriminator": {"mapping": mapping, "propertyName": key}, "oneOf": list(references.values())}


def _bare_schema(kind: Any) -> Schema:
    origin = get_origin(kind)
    if origin is None:
        return _reference(kind)
    if origin is list:
        return {"items": _schema(*get_args(kind)), "type": "array"}
    if origin is dict:
        return _mapping(*map(_schema, get_args(kind)))
    if origin is Literal:
        return {"const": get_args(kind)[0], "type": "string"}
    return _either(_schema(or_none(kind)), {"type": "null"})


def _either(one: Schema, other: Schema) -> Schema:
    return {"anyOf": [*(one["anyOf"] if one.keys() == {"anyOf"} else [one]), other]}


def _mapping(keys: Schema, values: Schema) -> Schema:
    keys = {word: said for word, said in keys.items() if word != "type"}  # a key is always a string
    pattern = keys.pop("pattern", None)
    either = {"patternProperties": {pattern: values}} if pattern else {"additionalProperties": values}
    return {**either, **({"propertyNames": keys} if keys else {}), "type": "object"}


def _reference(section: type[Section]) -> Schema:
    return {"$ref": f"#/$defs/{section.__name__}"}


def _sentences(section: type[Section]) -> Iterator[tuple[str, str]]:
    """Yield each field of `section` with the sentence that stands below it in the source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(section))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 -- tells the type checker what getsource of a class is
    for field, sentence in zip(body.body, body.body[1:], strict=False):
        match field, sentence:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                yield name, said
