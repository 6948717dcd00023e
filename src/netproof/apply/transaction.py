"""One apply, all or nothing.

::

    lock → recover what is left over → read → plan → deadman → journal ┬→ perform → read back = desired → judge
                                                                       │       ↓ anything else
                                                                       │     undo, forget the journal
                                                                       └→ unconfirmed, or confirmed → finished

The journal on the disk is the truth: it turns "confirmed" in one rename, and whoever finds it, this process, the
deadman or the next command, knows whether to go back or forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from netproof.apply.deadman import NOBODY, Process, armed
from netproof.apply.journal import Journal
from netproof.apply.place import Place
from netproof.apply.promotion import covering, settled
from netproof.apply.recovery import ROUNDS, finish, recover, revert, since_boot
from netproof.apply.signals import Signals, held
from netproof.apply.store import Store
from netproof.change.aside import Aside, foreseen, refused, unsettled, without
from netproof.change.kernel import Kernel, Reading
from netproof.change.ownership import Record, as_served, is_guests, merged, next_record, scope_of
from netproof.change.plan import Plan, plan
from netproof.change.step import Delete, Step
from netproof.errors import ApplyError, KernelError, NetproofError
from netproof.state.hoststate import HostState
from netproof.state.namespace import Namespace
from netproof.state.object import Key


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to hold: a compiled site, why each object is there, and the site file it came from (None: none)."""

    desired: HostState
    reasons: Mapping[Key, str]
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an apply stays: at once; after `confirm` within so many seconds; unless `judge` tells why not.

    `watched`: whether a deadman stands by; a lab, which is thrown away after a failure, needs none.
    """

    confirm_within: float | None = None
    judge: Callable[[], str] | None = None
    watched: bool = True


AT_ONCE = Terms()


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, and in `plan.aside` what could not be for a guest's doing.

    `recovered` says what was first mended of an earlier apply; `waits` for confirmation if True.
    """

    plan: Plan
    recovered: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A plan to carry out, how to see what is left of it, and what to remember once it is confirmed.

    `wants` is the state it is for, and `less` the change that leaves endpoints out of it; None: it is all or nothing.
    """

    plan: Plan
    left: Callable[[Plan], Plan]
    record: Record
    next_record: Record
    text: bytes | None
    is_rollback: bool = False
    wants: HostState = field(default_factory=HostState)
    less: Callable[[tuple[Aside, ...]], Change] | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a change starts from: the kernel as it was read, and what is remembered of it."""

    place: Place
    kernel: Kernel
    wish: Wish
    record: Record
    reading: Reading
    annexes: str

    def read(self, record: Record, done: HostState | None = None) -> Reading:
        """Read what may have changed; where `done` says what stood where steps were done, no more than that."""
        more = () if done is None else (done,)
        scope = scope_of(self.place.site, self.wish.desired, record, *more)
        scope = replace(scope, by_name=done is not None, annexes=self.annexes)
        return as_served(self.wish.desired, self.kernel.read(scope))


def planned(place: Place, kernel: Kernel, wish: Wish) -> Plan:
    """Return what `apply` would do. Raises ConflictError, KernelError, ApplyError."""
    store = Store(place, kernel.identity)
    store.require_alone()
    return _change(_ground(place, kernel, wish, store)).plan


def apply(place: Place, kernel: Kernel, wish: Wish, terms: Terms = AT_ONCE) -> Applied:
    """Make the kernel hold what is wished, or leave it as it was.

    An endpoint in whose namespace root got in our way is set aside, and told in the plan. Raises BusyError,
    ConflictError and, after everything was undone, ApplyError or Interrupted.
    """
    store = Store(place, kernel.identity)
    with held() as signals, store.locked():
        store.require_alone()
        recovered = recover(store, kernel)
        change = _change(_ground(place, kernel, wish, store))
        if not change.plan:
            return _nothing_to_do(store, wish, terms, change.next_record, Applied(change.plan, recovered))
        aside = carry_out(store, kernel, change, terms, signals)
        return Applied(replace(change.plan, aside=aside), recovered, waits=terms.confirm_within is not None)


def _ground(place: Place, kernel: Kernel, wish: Wish, store: Store) -> _Ground:
    record, annexes = store.record(), store.annexes()
    reading = kernel.read(replace(scope_of(place.site, wish.desired, record), annexes=annexes))
    return _Ground(place, kernel, wish, record, as_served(wish.desired, reading), annexes)


def _change(ground: _Ground, aside: tuple[Aside, ...] = (), seen: Record | None = None) -> Change:
    """Return what makes the kernel hold what is wished, but for the endpoints in `aside` and those found in our way.

    `seen`: what to take for done in guests' namespaces, where the change is under way already.
    """
    wish, record, now = ground.wish, ground.record, ground.reading if seen is None else ground.read(seen)
    known = record if seen is None else seen
    aside += tuple(a for a in foreseen(wish.desired, now, known) if a.port not in {b.port for b in aside})
    aside = tuple(replace(a, who=wish.reasons.get(a.port, a.who).partition("  ")[0]) for a in aside)
    desired = without(aside, wish.desired, now.state) if aside else wish.desired
    first = replace(plan(desired, now, known, wish.reasons), aside=aside)
    later = next_record(desired, ground.reading, record)

    def left(done: Plan) -> Plan:
        seen = _with_guests_seen(merged(record, later), done)
        return plan(desired, ground.read(seen, done.before), seen, wish.reasons)

    def less(more: tuple[Aside, ...]) -> Change:
        return _change(ground, (*aside, *more), _with_guests_seen(merged(record, later), first))

    return Change(first, left, record, later, wish.text, wants=desired, less=less)


def carry_out(store: Store, kernel: Kernel, change: Change, terms: Terms, signals: Signals) -> tuple[Aside, ...]:
    """Do a change under the journal, and return what was set aside. The caller holds the lock. Raises as `apply`."""
    with armed(store.place) if terms.watched else _unwatched() as deadman:
        journal = covering(kernel, store.place.site, begun(store, change, deadman), _steps(change.plan))
        signals.check()
        store.write_journal(journal)
        try:
            journal, aside = settle(store, kernel, change, journal, signals)
            journal = settled(journal)
            _judge(terms, signals)
            if terms.confirm_within is not None:
                deadline = since_boot() + terms.confirm_within
                store.write_journal(replace(journal, phase="unconfirmed", deadline=deadline))
                return aside
            journal = replace(journal, phase="confirmed")
            store.write_journal(journal)
        except BaseException as error:
            _undo(store, kernel, error)
            raise
        finish(store, kernel, journal)
        return aside


def _nothing_to_do(store: Store, wish: Wish, terms: Terms, record: Record, done: Applied) -> Applied:
    if terms.judge and (why := terms.judge()):
        raise ApplyError(f"{why}; that was so already, and nothing was changed")
    store.write_record(record)
    store.write_confirmed(wish.text)
    return done


def begun(store: Store, change: Change, deadman: Process) -> Journal:
    """Return the journal of a change before its first write."""
    return Journal(
        identity=store.identity,
        phase="applying",
        before=change.plan.before,
        after=change.plan.after,
        touched=change.plan.touched,
        record=change.record,
        next_record=change.next_record,
        text=change.text,
        previous=store.confirmed(),
        deferred=tuple(p.step.key[1] for p in change.plan if _is_deferred(p.step)),
        deadman=deadman,
        is_rollback=change.is_rollback,
    )


def settle(
    store: Store, kernel: Kernel, change: Change, journal: Journal, signals: Signals
) -> tuple[Journal, tuple[Aside, ...]]:
    """Perform the plan, read back, and perform what the kernel took away on the way; return the journal of it all.

    What fails, or does not stay, by a guest's doing is left out from then on.
    """
    todo, rounds = change.plan, ROUNDS
    while True:
        try:
            kernel.perform(store.place.site, [step for step in _steps(todo) if not _is_deferred(step)])
            signals.check()
            todo, rounds = change.left(todo), rounds - 1
            if all(map(_is_deferred, _steps(todo))):
                return journal, change.plan.aside
            if not rounds:
                differs = "; ".join(step.describe() for step in _steps(todo))
                at_fault = unsettled((s for s in _steps(todo) if not _is_deferred(s)), change.wants)
                change = _left_out(change, at_fault, ApplyError(f"read back, this differs: {differs}"))
                todo, rounds = change.plan, ROUNDS
        except KernelError as error:
            change = _left_out(change, refused(error, change.wants), error)
            todo, rounds = change.plan, ROUNDS
        journal = replace(journal.extended(todo), next_record=change.next_record)
        journal = covering(kernel, store.place.site, journal, _steps(todo))
        store.write_journal(journal)


def _left_out(change: Change, aside: tuple[Aside, ...], error: NetproofError) -> Change:
    """Return the change without the endpoints to set `aside`; raise `error` if there are none."""
    new = tuple(a for a in aside if a.port not in {b.port for b in change.plan.aside})
    if change.less and new:
        return change.less(new)
    raise error


def _undo(store: Store, kernel: Kernel, error: BaseException) -> None:
    """Undo what the journal tells of; of an error of ours raise one that says so."""
    journal = store.journal()
    withheld: tuple[str, ...] = ()
    try:
        if journal:
            withheld = revert(store, kernel, journal)
            store.forget_journal()
    except NetproofError as second:
        raise ApplyError(f"{error}; undoing it failed too ({second}): `netproof recover` tries again") from error
    if isinstance(error, NetproofError):
        undone = "everything else was undone" if withheld else "everything was undone"
        raise ApplyError("; ".join((str(error), undone, *withheld))) from error


def _judge(terms: Terms, signals: Signals) -> None:
    if terms.judge:
        with signals.at_once():
            why = terms.judge()
        if why:
            raise ApplyError(why)
    signals.check()


def _with_guests_seen(record: Record, done: Plan) -> Record:
    """Return a record without what was just done in guests' namespaces, so that it is read back and not assumed."""
    kept = {k: v for k, v in record.kept.items() if not (k in done.touched and is_guests(v.ours))}
    return Record(MappingProxyType(kept))


def _steps(done: Plan) -> list[Step]:
    return [planned.step for planned in done]


def _is_deferred(step: Step) -> bool:
    """Say whether a step waits for confirmation: what lives in a namespace cannot be brought back."""
    return isinstance(step, Delete) and isinstance(step.thing, Namespace)


@contextmanager
def _unwatched() -> Iterator[Process]:
    yield NOBODY
