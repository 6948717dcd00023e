"""Back to the state before, and forward to the end of what was confirmed: both can be run again at any time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from netproof.apply.journal import Journal
from netproof.apply.promotion import covering
from netproof.apply.store import Store
from netproof.change.kernel import Kernel
from netproof.change.ownership import is_guests, scope_of
from netproof.change.plan import Plan, undo
from netproof.change.step import Delete, Replace, Step
from netproof.errors import ApplyError, KernelError, UsageError
from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain
from netproof.state.layer3 import Rule, Sysctl
from netproof.state.links import Up
from netproof.state.namespace import Namespace
from netproof.state.object import KernelObject

ROUNDS = 3
"""How often to look again: the kernel takes some things away by itself, a link's last address its routes, say."""


def revert(store: Store, kernel: Kernel, journal: Journal) -> tuple[str, ...]:
    """Bring all that the journal's apply touched back to what it was. Raises ApplyError, naming what is left.

    What root in a guest's namespace keeps from being put back there is its own business, and returned as `withheld`.
    """
    site = store.place.site
    for _ in range(ROUNDS):
        back = [planned.step for planned in to_undo(kernel, site, journal)]
        if not back:
            return ()
        covered = covering(kernel, site, journal, back)
        if covered != journal:
            with suppress(ApplyError):  # a full disk must not keep it from being undone
                store.write_journal(journal := covered)
        try:
            kernel.perform(site, back)
        except KernelError:
            _perform_what_can_be(kernel, site, [planned.step for planned in to_undo(kernel, site, journal)])
    steps = [planned.step for planned in to_undo(kernel, site, journal)]
    left = [step for step in steps if not is_guests(_thing(step))]
    if left:
        raise ApplyError("not undone: " + "; ".join(step.describe() for step in left))
    return withheld(steps)


def withheld(steps: Sequence[Step]) -> tuple[str, ...]:
    """Say of each guest's namespace what its root keeps from being undone there: `steps` are all that is left."""
    found: dict[str, list[str]] = {}
    for step in steps:
        found.setdefault(_thing(step).netns, []).append(step.describe())
    return tuple(
        f"netns {netns} is not as it was: root in there keeps this from being undone: {'; '.join(told)}"
        for netns, told in found.items()
    )


def to_undo(kernel: Kernel, site: str, journal: Journal) -> Plan:
    """Return what is to be done to undo the journal's apply, from the state the kernel is in."""
    scope = scope_of(site, journal.before, journal.record, journal.after)
    return undo(journal.before, journal.after, journal.touched, journal.record, kernel.read(scope).state)


def recover(store: Store, kernel: Kernel) -> str:
    """Undo, or finish, what a dead apply left. Returns what was done as a sentence, empty if there was nothing to do.

    The caller holds the lock. Raises UsageError where an apply rightly waits for its confirmation, ApplyError.
    """
    journal = store.journal()
    if journal is None:
        return ""
    if journal.phase == "confirmed":
        finish(store, kernel, journal)
        return "the last apply was confirmed but not finished: it is now"
    left = journal.deadline - since_boot()
    if journal.phase == "unconfirmed" and left > 0:
        raise UsageError(f"an apply waits for confirmation ({left:.0f} s left): `confirm` it or `rollback`")
    kept = revert_and_forget(store, kernel, journal, "the apply had ended without being confirmed")
    return "; ".join(("an apply had ended half way: the state before it is restored", *kept))


def revert_and_forget(store: Store, kernel: Kernel, journal: Journal, why: str) -> tuple[str, ...]:
    """Undo an apply that ended unconfirmed, and remember why. Returns what guests withheld, as `revert` does."""
    left = revert(store, kernel, journal)
    if journal.phase == "unconfirmed":
        store.note_reverted(why)
    store.forget_journal()
    return left


def finish(store: Store, kernel: Kernel, journal: Journal) -> None:
    """Delete what carried life and could not have been rebuilt, and make the apply the last one."""
    if journal.deferred:
        ours = kernel.read(scope_of(store.place.site, journal.before, journal.next_record)).marked
        gone = [Namespace(name) for name in journal.deferred if Namespace(name).key in ours]
        kernel.perform(store.place.site, [Delete(namespace) for namespace in gone])
    store.finish(journal)


def since_boot() -> float:
    """Return the seconds since the machine started, suspension included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _perform_what_can_be(kernel: Kernel, site: str, steps: Sequence[Step]) -> None:
    """Do each step by itself, so that one refusal keeps nothing else undone but what it would leave open."""
    refused: list[KernelObject] = []
    for step in steps:
        if not _would_open(step, refused):
            try:
                kernel.perform(site, [step])
            except KernelError:
                refused.append(_thing(step))


def _would_open(step: Step, refused: Sequence[KernelObject]) -> bool:
    """Say whether a step brings up a link whose guard was refused, or strips one that would not go down."""
    thing = _thing(step)
    if isinstance(step, Delete):
        return any(isinstance(up, Up) and _guards(thing, up) for up in refused)
    return isinstance(thing, Up) and any(_guards(guard, thing) for guard in refused)


def _guards(thing: KernelObject, up: Up) -> bool:
    """Say whether `thing` must stand while the link of `up` is up."""
    if isinstance(thing, NftChain):
        return thing.netns == up.netns and any(f'"{up.ifname}"' in line for line in (thing.hook, *thing.rules))
    if isinstance(thing, Rule) and thing.is_first:
        return (thing.netns, thing.iif) == (up.netns, up.ifname)
    guard = isinstance(thing, Port | FdbEntry | VlanFiltering | NoArp | IngressDrop | Sysctl)
    return guard and thing.parent == up.parent


def _thing(step: Step) -> KernelObject:
    return step.after if isinstance(step, Replace) else step.thing
