"""What is accepted, but leaves a known way open: told before the proof shows it."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.isolation.choice import left_open
from netproof.isolation.method import ALL_WAYS
from netproof.site.model import Site
from netproof.site.segments import Segment
from netproof.site.warnings import warnings as of_the_site_alone


def warnings(site: Site) -> tuple[Problem, ...]:
    """Return all that `check` and `plan` warn of, by place; none of it is an error.

    That is isolation that leaves known ways open, with their names, and what the site alone tells.
    """
    found = [problem for segment in site.segments.values() for problem in _of(site, segment)]
    return tuple(sorted((*found, *of_the_site_alone(site))))


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
