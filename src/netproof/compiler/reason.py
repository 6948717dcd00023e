"""Why an object is desired: words and places, merged where several declarations want the same object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from netproof.site.place import Place

SHOWN = 4
"""How many names or lines are written out before the rest is only hinted at."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Words for a plan, e.g. ``segment dmz`` or, with `of`, ``guard of vm1``; and the places that ask for it."""

    text: str
    of: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()

    def __str__(self) -> str:
        words = f"{self.text}{'s' * (len(self.of) > 1)} of {_names(self.of)}" if self.of else self.text
        where = places(self.places)
        return f"{words}  {where}" if where else words


def because(text: str, *declared_at: Place, of: str = "") -> Reason:
    """Return the reason `text` (``guard``, of one name) with the places where it is declared."""
    return Reason(text, (of,) if of else (), declared_at)


@lru_cache(maxsize=1024)  # most of an endpoint's objects have the same reason
def merged(reasons: frozenset[Reason]) -> str:
    """Return several reasons for one object as one line: like ones become one, the places come last."""
    found = sorted(reasons, key=lambda r: (bool(r.of), r.text, r.of))
    lines = [
        Reason(text, tuple(name for r in alike for name in r.of))
        for text, alike in ((text, list(group)) for text, group in groupby(found, key=lambda r: r.text))
    ]
    return str(Reason("; ".join(map(str, lines)), places=tuple(p for r in found for p in r.places)))


def places(found: Iterable[Place]) -> str:
    """Return ``site.yaml:21,25`` for places in a file; what stands in no file is left out."""
    real = sorted({(p.file, p.line) for p in found if p.line})
    by_file = groupby(real, key=lambda place: place[0])
    return " ".join(f"{file}:{_lines([str(line) for _, line in lines])}" for file, lines in by_file)


def _lines(lines: list[str]) -> str:
    return ",".join(lines if len(lines) <= SHOWN else [*lines[:SHOWN], "…"])


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:SHOWN])} and {more} more"
