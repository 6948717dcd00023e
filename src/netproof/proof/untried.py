"""What lines of the policy say that no claim tries: of whom nobody stands there, and between whom nothing is routed.

What a line denies there is denied without it, but for what NAT lets out. What a host's own root starts is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from netproof.proof.crossings import encounters
from netproof.proof.policies import Meeting, may_mean, selects
from netproof.site.model import Site
from netproof.site.policy import ANY, PolicyLine, Selector
from netproof.values.address import FAMILIES


def untried(site: Site) -> Iterator[str]:
    """Yield a sentence for each line and each two that it names of which nothing is tried, with the reason."""
    for line in site.policy:
        for from_, to in product(line.from_, line.to):
            counts = line.allow or _is_narrowed(site, from_, to)
            why = _why_untried(site, line, from_, to) if counts and from_ not in site.hosts else ""
            if why:
                yield f"{str(line.place) or 'a policy line'}: {from_} to {to}: {why}"


def _why_untried(site: Site, line: PolicyLine, from_: Selector, to: Selector) -> str:
    for selector in (from_, to):
        if not _meant(site, selector):
            return f"nobody is there who is meant by {selector}"
    found = list(_first_that_answers(_encounters(site, line, from_, to)))
    if not found:
        return "no gateway that could be tried leads from the one to the other"
    if line.allow and not _is_answered(found[-1]):
        return "the answer goes by another host than the question, which knows nothing of it"
    return ""


def _encounters(site: Site, line: PolicyLine, from_: Selector, to: Selector) -> Iterator[Meeting]:
    """Yield who is meant by the two, where they meet and `line` speaks of it."""
    for a, b in product(_meant(site, from_), _meant(site, to)):
        for family in FAMILIES if a != b else ():
            for m in encounters(site, a, b, family):
                if line in m.lines and selects(site, from_, a, m.source) and selects(site, to, b, m.target):
                    yield m


def _first_that_answers(every: Iterator[Meeting]) -> Iterator[Meeting]:
    for meeting in every:
        yield meeting
        if _is_answered(meeting):
            return


def _is_answered(meeting: Meeting) -> bool:
    return meeting.gate is None or meeting.gate.answers or meeting.gate.far is None


def _meant(site: Site, selector: Selector) -> list[str]:
    nodes = (*site.endpoints, *site.stations, *site.hosts)
    return [node for node in nodes if may_mean(site, (selector,), node)]


def _is_narrowed(site: Site, from_: Selector, to: Selector) -> bool:
    """Tell whether NAT lets out whom `from_` means, to whoever is outside and meant by `to`."""
    gateways = (site.segments[site.endpoints[n].segment].gateway for n in _meant(site, from_) if n in site.endpoints)
    outside = to == ANY or to in site.stations or not isinstance(to, str)
    return outside and any(gateway is not None and gateway.nat is not None for gateway in gateways)
