"""Overlays that flood nothing: each host answers for the endpoints of the others, and frames for all stay there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from netproof.site.model import Site
from netproof.site.segments import Segment

_FLOODING_NOTHING = ("static-l3",)


def floods(segment: Segment) -> bool:
    """Tell whether a frame for everybody gets to every member of `segment`."""
    return segment.overlay is None or segment.overlay.strategy not in _FLOODING_NOTHING


def are_out_of_hearing(site: Site, one: str, other: str) -> bool:
    """Tell whether no frame for everybody gets from the endpoint `one` to `other`, though they are in one segment."""
    mine, its = site.endpoints.get(one), site.endpoints.get(other)
    if mine is None or its is None or mine.segment != its.segment or mine.host == its.host:
        return False
    return not floods(site.segments[mine.segment])


def isolation_pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each two endpoints that are out of each other's hearing."""
    for segment in site.segments.values():
        if not floods(segment):
            names = [e.name for e in site.endpoints_of(segment.name)]
            yield from (pair for pair in permutations(names, 2) if are_out_of_hearing(site, *pair))
