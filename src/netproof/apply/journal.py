"""The journal: what a process with no memory needs to undo, or to finish, what another began."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from netproof.change.ownership import Kept, Record
from netproof.change.plan import Plan
from netproof.state.hoststate import HostState
from netproof.state.object import Key
from netproof.state.text import from_json, state_from_json, state_to_json, to_json

Phase = Literal["applying", "unconfirmed", "confirmed"]


@dataclass(frozen=True, slots=True)
class Journal:
    """One apply, from before its first write until it is confirmed; kept after that for `rollback`.

    `before`, `after` and `touched` are the plan's; `record` is the record before, `next_record` the one after; `text`
    is the site file applied (None: everything is removed), `previous` the one confirmed before. `deferred` are the
    namespaces to delete on confirmation. `deadman` is its process: pid and start time in clock ticks. `deadline` is
    in seconds since boot, 0 while nothing waits.
    """

    identity: str
    phase: Phase
    before: HostState
    after: HostState
    touched: frozenset[Key]
    record: Record
    next_record: Record
    text: bytes | None
    previous: bytes | None
    deferred: tuple[str, ...] = ()
    deadman: tuple[int, int] = (0, 0)
    deadline: float = 0.0
    is_rollback: bool = False

    def extended(self, plan: Plan) -> Journal:
        """Return a journal that covers a further plan too; what was touched before keeps its oldest value."""
        first = plan.before.only(lambda key: key not in self.touched)
        return replace(
            self,
            before=self.before.with_(*first.values()),
            after=self.after.with_(*plan.after.values()),
            touched=self.touched | plan.touched,
        )


def to_bytes(journal: Journal) -> bytes:
    """Return the journal's file."""
    return json.dumps(
        {
            "identity": journal.identity,
            "phase": journal.phase,
            "before": state_to_json(journal.before),
            "after": state_to_json(journal.after),
            "touched": sorted(journal.touched),
            "record": record_to_json(journal.record),
            "next_record": record_to_json(journal.next_record),
            "text": _text(journal.text),
            "previous": _text(journal.previous),
            "deferred": journal.deferred,
            "deadman": journal.deadman,
            "deadline": journal.deadline,
            "is_rollback": journal.is_rollback,
        }
    ).encode()


def from_bytes(content: bytes) -> Journal:
    """Return the journal that a file holds."""
    value = json.loads(content)
    return Journal(
        identity=value["identity"],
        phase=value["phase"],
        before=state_from_json(value["before"]),
        after=state_from_json(value["after"]),
        touched=frozenset(map(tuple, value["touched"])),
        record=record_from_json(value["record"]),
        next_record=record_from_json(value["next_record"]),
        text=_bytes(value["text"]),
        previous=_bytes(value["previous"]),
        deferred=tuple(value["deferred"]),
        deadman=(value["deadman"][0], value["deadman"][1]),
        deadline=value["deadline"],
        is_rollback=value["is_rollback"],
    )


def record_to_json(record: Record) -> list[Any]:
    """Return a record as a list of pairs: before (null for nothing) and ours."""
    return [[to_json(kept.before) if kept.before else None, to_json(kept.ours)] for kept in record.kept.values()]


def record_from_json(values: Iterable[Any]) -> Record:
    """Return the record that `record_to_json` gave `values` for."""
    pairs = [Kept(from_json(before) if before else None, from_json(ours)) for before, ours in values]
    return Record(MappingProxyType({kept.ours.key: kept for kept in pairs}))


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")
