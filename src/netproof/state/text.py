"""Objects as JSON values and back: the journal's and the golden files' spelling."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from netproof.state.hoststate import HostState
from netproof.state.kinds import BY_NAME
from netproof.state.object import KernelObject

_FIELDS = {kind: tuple((f.name, f.default) for f in fields(kind)) for kind in BY_NAME.values()}
"""Name and default of every field of every kind."""


def to_json(thing: KernelObject) -> dict[str, Any]:
    """Return `thing` as a JSON object whose ``kind`` names its type; default values are left out."""
    value: dict[str, Any] = {"kind": thing.KIND}
    for name, default in _FIELDS[type(thing)]:
        if (found := getattr(thing, name)) != default:
            value[name] = list(found) if isinstance(found, tuple) else found
    return value


def from_json(value: dict[str, Any]) -> KernelObject:
    """Return the object that `to_json` gave `value` for."""
    rest: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in value.items() if k != "kind"}
    return BY_NAME[value["kind"]](**rest)


def state_to_json(state: HostState) -> list[dict[str, Any]]:
    """Return a state as a list, sorted by key, so that equal states have equal text."""
    return [to_json(state[key]) for key in sorted(state)]


def state_from_json(values: list[dict[str, Any]]) -> HostState:
    """Return the state that `state_to_json` gave `values` for."""
    return HostState(map(from_json, values))
