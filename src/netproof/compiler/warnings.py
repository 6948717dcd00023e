"""What is accepted, but leaves a known way open: told before the proof shows it."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.isolation.choice import told_open
from netproof.site.model import Site
from netproof.site.segments import Segment
from netproof.site.warnings import warnings as of_the_site_alone


def warnings(site: Site) -> tuple[Problem, ...]:
    """Return all that `check` warns of, by place; none of it is an error.

    That is isolation that leaves known ways open, with their names, and what the site alone tells.
    """
    found = [problem for segment in site.segments.values() for problem in _of(site, segment)]
    return tuple(sorted((*found, *of_the_site_alone(site))))


def _is_held_by_gateways(site: Site, segment: Segment) -> bool:
    """Say whether every host of an isolated segment is its gateway, whose own rules let in IP for that alone."""
    routed = segment.gateway.hosts if segment.gateway else ()
    return segment.isolation != ("none",) and all(host.name in routed for host in site.hosts_of(segment.name))


def _of(site: Site, segment: Segment) -> Iterator[Problem]:
    told = told_open(segment.name, segment.isolation, gateway=_is_held_by_gateways(site, segment))
    place = segment.isolation_place
    if told:
        yield Problem(place.file or site.file, place.line, place.column, told)
