"""What is accepted, but leaves a known way open: told before the proof shows it."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.isolation.choice import left_open
from netproof.isolation.method import ALL_WAYS
from netproof.site.model import Segment, Site


def warnings(site: Site) -> tuple[Problem, ...]:
    """Return a problem for every segment whose isolation is known to leave a way open, naming the ways.

    They are no errors: the site means what it says, and the proof will show each of these ways broken.
    """
    return tuple(sorted(problem for segment in site.segments.values() for problem in _of(site, segment)))


def _of(site: Site, segment: Segment) -> Iterator[Problem]:
    ways = left_open(segment.isolation)
    if not ways:
        return
    told = "every known way" if ways == ALL_WAYS else ", ".join(sorted(ways))
    place = segment.isolation_place
    yield Problem(
        place.file or site.file,
        place.line,
        place.column,
        f'segment "{segment.name}": isolation {", ".join(segment.isolation)} leaves open {told}; '
        "the proof will show it broken, auto closes it",
    )
