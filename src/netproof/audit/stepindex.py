"""Steps of a chain found by a value that each insists on: in a long chain most have nothing to do with some packets."""

from __future__ import annotations

from collections.abc import Iterable

from netproof.audit.spans import L3, L4, Match, Span
from netproof.audit.steps import Step


class StepIndex:
    """The steps of a chain in order, as far as they have been added."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self._steps: list[Step] = []
        self._without: list[int] = []
        self._by_value: dict[str, dict[Span, list[int]]] = {}
        for step in steps:
            self.add(step)

    def add(self, step: Step) -> None:
        """Take in the next step."""
        only = next(filter(None, map(_only, step.matches)), None)
        numbers = self._by_value.setdefault(only[0], {}).setdefault(only[1], []) if only else self._without
        numbers.append(len(self._steps))
        self._steps.append(step)

    def about(self, packets: Iterable[Match]) -> list[Step]:
        """Return, in order, the steps that may take some of these packets: all others surely spare them."""
        known = dict(filter(None, map(_only, packets)))
        numbers = list(self._without)
        for field, by_value in self._by_value.items():
            if field in known:
                numbers += by_value.get(known[field], ())
            else:
                numbers += (number for each in by_value.values() for number in each)
        return [step for step in map(self._steps.__getitem__, sorted(numbers)) if not step.spares(packets)]


def _only(match: Match) -> tuple[str, Span] | None:
    """Return the field and the one value of it that a match is content with; none of those that most steps have."""
    if not match.positive or match.flags or len(match.values) != 1 or match.field in (L3, L4):
        return None
    (value,) = match.values
    exact = value.space != "opaque" and value.low == value.high and not str(value.low).endswith("*")
    return (match.field, value) if exact else None
