"""The site file's JSON Schema, with which an editor completes and explains."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from netproof.declared.leaves import Section
from netproof.declared.sitefile import SiteFile


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of format 1: each key with its description, short forms beside long ones."""
    schema = SiteFile.model_json_schema(by_alias=True)
    shapes: dict[str, type[Section]] = {model.__name__: model for model in _below(Section)}
    for title, shape in ((SiteFile.__name__, schema), *schema.get("$defs", {}).items()):
        said = dict(_sentences(shapes[title]))
        for key, value in shape["properties"].items():
            value.pop("title", None)
            value["description"] = said[key]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "netproof site, format 1"}


def _below(model: type[Section]) -> Iterator[type[Section]]:
    for below in model.__subclasses__():
        yield below
        yield from _below(below)


def _sentences(model: type[Section]) -> Iterator[tuple[str, str]]:
    """Yield each key of `model` with the sentence that stands below its field.

    They are read from the source when asked for: pydantic can do it for every class at import, and a start costs more.
    """
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 -- tells the type checker what getsource of a class is
    for field, sentence in zip(body.body, body.body[1:], strict=False):
        match field, sentence:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                yield model.model_fields[name].alias or name, said
