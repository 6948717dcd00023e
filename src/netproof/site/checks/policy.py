"""Policy lines: selectors that name something, traffic that some path carries."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.addresses import network
from netproof.declared.document import Path
from netproof.declared.later import PolicyLine
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet

SELECTABLE = ("hosts", "stations", "segments", "endpoints")


def lines(sheet: Sheet) -> Iterator[Problem]:
    """Every line allows or denies, between things that exist and that something joins."""
    for i, line in enumerate(sheet.written.policy):
        path: Path = ("policy", i)
        if (line.allow is None) == (line.deny is None):
            yield sheet.document.problem(path, 'a policy line has "allow" or "deny", one of the two')
        for key, words in (("allow", line.allow), ("deny", line.deny)):
            if words is not None and not words:
                yield sheet.document.problem((*path, key), "the list is empty; write all, or the traffic that is meant")
        for key, selectors in (("from", line.from_), ("to", line.to)):
            if not selectors:
                yield sheet.document.problem((*path, key), "the list is empty; write any, or the names that are meant")
            for j, selector in enumerate(selectors):
                yield from _selector(sheet, (*path, key, j), selector)
        if line.allow is not None:
            yield from _carried(sheet, path, line)


def _selector(sheet: Sheet, path: Path, selector: str) -> Iterator[Problem]:
    if selector == "any":
        return
    if "/" not in selector and ":" not in selector and "." not in selector:
        yield from sheet.unknown(path, selector, *SELECTABLE)
        return
    try:
        prefix = network(selector)
    except ValueError as error:
        yield sheet.document.problem(path, str(error))
        return
    for name, segment in sheet.written.segments.items():
        if any(prefix.overlaps(subnet) for subnet in segment.subnets):
            at = sheet.document.line(("segments", name))
            message = f'{prefix} overlaps segment "{name}" ({at}); a prefix means what is outside all segments'
            yield sheet.document.problem(path, f"{message}: name the segment")


def _carried(sheet: Sheet, path: Path, line: PolicyLine) -> Iterator[Problem]:
    """Between two segments a path needs a gateway or an uplink on both sides; in none of these cases there is one."""
    pairs = [(_segment_of(sheet, a), _segment_of(sheet, b)) for a in line.from_ for b in line.to]
    shut = [(a, b) for a, b in pairs if a and b and a != b and (_closed(sheet, a) or _closed(sheet, b))]
    if pairs and len(shut) == len(pairs):
        source, target = shut[0]
        closed = source if _closed(sheet, source) else target
        message = f'no path leads from segment "{source}" to "{target}": {closed} has neither gateway nor uplink'
        yield sheet.document.problem((*path, "allow"), message)


def _segment_of(sheet: Sheet, selector: str) -> str:
    """Return the sound segment that `selector` is or is in; empty if it is neither."""
    endpoint = sheet.written.endpoints.get(selector)
    name = endpoint.segment or "" if endpoint else selector
    return name if name in sheet.written.segments else ""


def _closed(sheet: Sheet, segment: str) -> bool:
    written = sheet.written.segments[segment]
    return written.gateway is None and not written.uplinks
