"""What one does with an apply afterwards: confirm it, take it back, mend it, bring it back at boot, remove it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from netproof.apply import recovery
from netproof.apply.deadman import dismiss
from netproof.apply.journal import Journal
from netproof.apply.place import Place
from netproof.apply.recovery import finish, revert_and_forget, since_boot, to_undo, withheld
from netproof.apply.signals import held
from netproof.apply.store import Store
from netproof.apply.transaction import AT_ONCE, Applied, Change, Terms, Wish, apply, carry_out
from netproof.change.aside import Aside
from netproof.change.kernel import Kernel
from netproof.change.ownership import scope_of
from netproof.change.plan import Plan
from netproof.errors import ApplyError, CannotError, UsageError
from netproof.state.hoststate import HostState
from netproof.state.object import is_hosts


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What was done to get back, and, as sentences, what could not be rebuilt and what guests kept as it was."""

    plan: Plan
    lost: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


def confirm(place: Place, kernel: Kernel) -> None:
    """Let an unconfirmed apply stay. Raises UsageError if none waits, ApplyError if it came too late."""
    store = Store(place, kernel.identity)
    with held(), store.locked():
        journal = store.journal()
        if journal is None:
            reverted = store.reverted()
            raise UsageError(f"no apply waits for confirmation{f' (reverted at {reverted})' if reverted else ''}")
        if journal.phase == "applying" or (journal.phase == "unconfirmed" and journal.deadline < since_boot()):
            revert_and_forget(store, kernel, journal, "confirmed too late")
            dismiss(journal.deadman)
            raise ApplyError("too late: the apply had ended, or its time was over; the state before it is restored")
        confirmed = replace(journal, phase="confirmed")
        store.write_journal(confirmed)
        dismiss(journal.deadman)
        finish(store, kernel, confirmed)


def rollback(place: Place, kernel: Kernel, terms: Terms = AT_ONCE) -> RolledBack:
    """Restore the state before the last apply, confirmed or not; what a guest refuses in its namespace stays behind.

    Raises UsageError if there was none, CannotError if the machine has forgotten it, and as `apply` does.
    """
    store = Store(place, kernel.identity)
    with held() as signals, store.locked():
        waiting = store.journal()
        if waiting and waiting.phase == "unconfirmed":
            back = to_undo(kernel, place.site, waiting)
            kept = revert_and_forget(store, kernel, waiting, "rolled back")
            dismiss(waiting.deadman)
            return RolledBack(back, withheld=kept)
        recovery.recover(store, kernel)
        last = store.last()
        if last is None:
            raise _nothing_to_roll_back(store)
        change = _back(store, kernel, last)
        aside = carry_out(store, kernel, change, terms, signals)
        left = [planned.step for planned in to_undo(kernel, place.site, last)] if aside else []
        return RolledBack(change.plan, _lost(last), withheld(left))


def _back(store: Store, kernel: Kernel, last: Journal, aside: tuple[Aside, ...] = ()) -> Change:
    """Return the change that undoes `last`, but for what is in the namespaces of those set `aside`."""
    site, spaces = store.place.site, {one.netns for one in aside}

    def left(_: Plan | None = None) -> Plan:
        back = to_undo(kernel, site, last)
        steps = tuple(p for p in back if p.step.key[0] == "namespace" or p.step.key[1] not in spaces)
        return replace(back, steps=steps, aside=aside)

    return Change(
        left(),
        left,
        store.record(),
        last.record,
        last.previous,
        is_rollback=True,
        wants=kernel.read(scope_of(site, last.before, last.record, last.after)).state,
        less=lambda more: _back(store, kernel, last, (*aside, *more)),
    )


def recover(place: Place, kernel: Kernel) -> str:
    """Restore the state before an apply that died; see `netproof.apply.recovery.recover`. Raises BusyError too."""
    store = Store(place, kernel.identity)
    with held(), store.locked():
        return recovery.recover(store, kernel)


def restore(place: Place, kernel: Kernel, compiled: Callable[[bytes], Wish], terms: Terms = AT_ONCE) -> Applied:
    """Apply the site that was confirmed last; `compiled` makes a wish of its text. Raises UsageError if none was."""
    text = Store(place, kernel.identity).confirmed()
    if text is None:
        raise UsageError(f"no site was ever confirmed for {place}: there is nothing to restore")
    return apply(place, kernel, compiled(text), terms)


def remove(place: Place, kernel: Kernel, terms: Terms = AT_ONCE) -> Applied:
    """Take everything of ours away; settings go back to what they were, where they are still ours."""
    return apply(place, kernel, Wish(HostState(), {}, None), terms)


def _nothing_to_roll_back(store: Store) -> UsageError | CannotError:
    if store.had_last():
        return CannotError(
            "the machine or the namespace began anew since the last apply, and the state before it is forgotten; "
            "`netproof restore` applies the last confirmed site"
        )
    return UsageError(f"nothing to roll back: no apply to {store.place} is known")


def _lost(last: Journal) -> tuple[str, ...]:
    return tuple(
        f"netns {name} is there again, but empty: what ran in it is gone"
        for name in last.deferred
        if not is_hosts(name)
    )
