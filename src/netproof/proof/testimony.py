"""What an outpost says, taken for what it must be, or not at all: another machine may say anything.

Each function raises ValueError where a value is nothing of the kind. Text becomes such that a terminal can show it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from netproof.errors import printable
from netproof.proof.parties import Spot

_T = TypeVar("_T")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")

Heard = tuple[int, bytes, bool, str]
"""The number of an ear, the packet, whether it was just leaving there, and by which link it came, if told."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who can be watched there, who cannot and why, for whom a shadow stands, the kernel, and the ears.

    `told` are sentences for people.
    """

    nodes: tuple[str, ...]
    cut_off: Mapping[str, str]
    shadows: tuple[str, ...]
    told: tuple[str, ...]
    kernel: str
    ears: tuple[tuple[Spot, bool, bool], ...]


def greeting(value: object, ours: Collection[str]) -> Greeting:
    """Return how an outpost answers a greeting; it may speak for none but `ours`, the nodes of its host."""
    said = _a(dict, value)
    nodes, cut_off = texts(said.get("nodes")), _a(dict, said.get("cut_off"))
    ears = tuple(_ear(_a(dict, each)) for each in _a(list, said.get("ears")))
    for node in (*nodes, *cut_off):
        if node not in ours:
            raise ValueError(f"it speaks for {printable(node)}, which is not on that host")
    if not {spot.node for spot, _, _ in ears} <= set(nodes):
        raise ValueError("it has ears where it says that nobody can be watched")
    why_not = {name: text(why) for name, why in cut_off.items()}
    shadows, told = texts(said.get("shadows")), texts(said.get("told"))
    if not set(shadows) <= set(nodes):
        raise ValueError("it has shadows where it says that nobody can be watched")
    return Greeting(nodes, why_not, shadows, told, text(said.get("kernel")), ears)


def introduction(value: object, ours: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return which machine an outpost says that it is on, and for whom of `ours` it could make a shadow."""
    said = _a(dict, value)
    shadowed = texts(said.get("shadowed"))
    if not set(shadowed) <= set(ours):
        raise ValueError("it would make shadows of who is not on that host")
    return text(said.get("machine")), shadowed


def _ear(said: Mapping[str, Any]) -> tuple[Spot, bool, bool]:
    node, where = texts(said.get("spot"), 2)
    return Spot(node, where), _a(bool, said.get("pulses")), _a(bool, said.get("packets"))


def texts(value: object, count: int | None = None) -> tuple[str, ...]:
    """Return a list of text, of so many if that is said."""
    every = tuple(text(each) for each in _a(list, value))
    if count not in (None, len(every)):
        raise ValueError(f"{count} names were to come, not {len(every)}")
    return every


def text(value: object) -> str:
    """Return text, on one line."""
    return printable(_a(str, value))


def text_if_any(value: object) -> str | None:
    """Return text or None."""
    return None if value is None else text(value)


def number(value: object) -> int:
    """Return a number that the kernel may give: an index, an errno."""
    found = _a(int, value)
    if not 0 <= found < 1 << 31:
        raise ValueError("a number is out of range")
    return found


def mac(value: object) -> str:
    """Return a MAC, in lower case with colons."""
    found = text(value)
    if not _MAC.fullmatch(found):
        raise ValueError(f"a MAC was to come, not {found}")
    return found


def answer(value: object) -> dict[str, Any]:
    """Return an answer: what was done, which whoever asked reads, or what failed."""
    said = _a(dict, value)
    if "done" in said:
        return {"done": said["done"]}
    failed = {"failed": text(said.get("failed"))}
    if "exit" in said:
        return {**failed, "exit": number(said["exit"])}
    errno = said.get("errno")
    return {**failed, "errno": None if errno is None else number(errno)}


def heard(value: object) -> list[Heard]:
    """Return what was heard there; whether there are such ears, whoever was greeted knows."""
    return [_heard(_a(list, each)) for each in _a(list, value)]


def _heard(said: list[Any]) -> Heard:
    ear, packet, outgoing, by = said
    return number(ear), bytes.fromhex(_a(str, packet)), _a(bool, outgoing), text(by)


def _a(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise ValueError(f"a {kind.__name__} was to come, not a {type(value).__name__}")  # noqa: TRY004 - nobody's mistake here
    return value
