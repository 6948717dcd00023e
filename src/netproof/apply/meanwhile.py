"""A change for a while: under the journal and a deadman like an apply, but never confirmed.

Whatever becomes of the block, and of us, it is taken back: by ourselves, by the deadman, or by `recover`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from netproof.apply.deadman import armed
from netproof.apply.journal import Journal
from netproof.apply.place import Place
from netproof.apply.recovery import recover, revert, revert_and_forget
from netproof.apply.signals import held
from netproof.apply.store import Store
from netproof.apply.transaction import Change, begun, settle
from netproof.change.kernel import Kernel
from netproof.change.ownership import scope_of
from netproof.change.plan import Plan, beside
from netproof.errors import ConflictError
from netproof.state.hoststate import HostState


def cleared(place: Place, kernel: Kernel) -> str:
    """Take back what a dead proof, or apply, left; return what was done as a sentence, empty if there was nothing.

    Raises BusyError where its maker is at it still, UsageError where an apply waits for its confirmation, ApplyError.
    """
    store = Store(place, kernel.identity)
    if store.journal() is None:
        return ""
    with held() as signals:
        with store.locked():
            done = recover(store, kernel)
        signals.check()
    return done


@contextmanager
def meanwhile(
    place: Place, kernel: Kernel, usual: HostState, wanted: HostState, *, amid: bool = False
) -> Iterator[None]:
    """Have what `wanted` holds beyond `usual` in place during the block.

    `amid`: within an apply of ours that is judged, or another such block, which holds the lock. Raises ConflictError
    where the kernel does not hold what `usual` has of what would change, BusyError, UsageError where an apply waits for
    its confirmation, KernelError, ApplyError.
    """
    store = Store(place, kernel.identity)
    with held() as signals, ExitStack() as stack:
        if not amid:
            stack.enter_context(store.locked())
            store.require_alone()
            recover(store, kernel)
        outer = store.journal()
        change = _change(store, kernel, usual, wanted)
        # The deadman of an apply reverts all that its journal tells of.
        deadman = outer.deadman if outer else stack.enter_context(armed(place))
        journal = begun(store, change, deadman)
        signals.check()
        store.write_journal(outer.extended(change.plan) if outer else journal)
        try:
            settle(store, kernel, change, outer.extended(change.plan) if outer else journal, signals)
            with signals.at_once():
                yield
        finally:
            _take_back(store, kernel, journal, outer)
        signals.check()  # whoever asked while it was taken back asked us alone


def _take_back(store: Store, kernel: Kernel, journal: Journal, outer: Journal | None) -> None:
    if outer is None:
        revert_and_forget(store, kernel, store.journal() or journal, "")
    else:
        revert(store, kernel, journal)
        store.write_journal(outer)


def _change(store: Store, kernel: Kernel, usual: HostState, wanted: HostState) -> Change:
    record = store.record()
    more = [thing for key, thing in wanted.items() if usual.get(key) != thing]

    def read() -> HostState:
        return kernel.read(scope_of(store.place.site, wanted, record)).state

    def left(_: Plan) -> Plan:
        return beside(more, read())

    actual = read()
    _require_usual(usual, actual, [thing.key for thing in more])
    return Change(beside(more, actual), left, record, record, store.confirmed())


def _require_usual(usual: HostState, actual: HostState, keys: Collection[tuple[str, ...]]) -> None:
    astray = [(usual.get(key) or actual[key]).describe() for key in keys if actual.get(key) != usual.get(key)]
    if astray:
        raise ConflictError(f"this is not as it was applied: {'; '.join(sorted(astray))}: see `netproof plan`")
