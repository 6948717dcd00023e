"""Transactions on the in-memory kernel, with their real files: promises that need no namespace."""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
import time
from pathlib import Path

import pytest

from laws.states import FOREIGN, NAMED, SITE
from netproof.apply.place import Place
from netproof.apply.store import Store
from netproof.apply.transaction import Applied, Terms, Wish, apply, planned
from netproof.apply.verbs import confirm, recover, remove, restore, rollback
from netproof.change.kernel import Scope
from netproof.change.step import Create, Step
from netproof.errors import ApplyError, BusyError, CannotError, ConflictError, Interrupted, KernelError, UsageError
from netproof.kernel.memory import MemoryKernel
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.links import Bridge, Up
from netproof.state.namespace import Namespace
from netproof.state.object import HOME

GUESTS, ONE, NIC = NAMED["two guests"], NAMED["one guest, other methods"], NAMED["a NIC alone"]
ALL = Scope.of(SITE, GUESTS, ONE, NIC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(SITE, "hv1", "", tmp_path / "lib", tmp_path / "run")


@pytest.fixture
def kernel() -> MemoryKernel:
    return MemoryKernel(FOREIGN)


def do(place: Place, kernel: MemoryKernel, desired: HostState, **terms: object) -> Applied:
    return apply(place, kernel, Wish(desired, {}, repr(len(desired)).encode()), Terms(watched=False, **terms))  # type: ignore[arg-type] # what a Terms takes


UNWATCHED = Terms(watched=False)


def held(kernel: MemoryKernel) -> HostState:
    return kernel.read(ALL).state


def test_apply_confirms_itself_and_a_second_has_nothing_to_do(place: Place, kernel: MemoryKernel) -> None:
    """After a plain apply the site is the confirmed one and the plan is empty."""
    assert do(place, kernel, GUESTS).plan
    assert not do(place, kernel, GUESTS).plan
    store = Store(place, kernel.identity)
    assert store.confirmed() == repr(len(GUESTS)).encode()
    assert store.journal() is None


def test_failing_step_leaves_everything_as_it_was(place: Place, kernel: MemoryKernel) -> None:
    """Whichever step the kernel refuses, the state before is there again, and no journal."""
    before = held(kernel)
    for step in planned(place, kernel, Wish(GUESTS, {}, b"")):
        kernel.fail(lambda s, wanted=step.step: s == wanted, errno.ENOMEM)
        with pytest.raises(ApplyError, match="Cannot allocate memory; everything was undone"):
            do(place, kernel, GUESTS)
        assert held(kernel) == before
        assert Store(place, kernel.identity).journal() is None


def test_what_does_not_read_back_is_undone(place: Place, kernel: MemoryKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that says yes and does nothing is found out."""
    before, perform = held(kernel), kernel.perform
    monkeypatch.setattr(
        kernel, "perform", lambda site, steps: perform(site, [s for s in steps if s.key != ("up", HOME, "br1")])
    )
    with pytest.raises(ApplyError, match="read back, this differs: link br1 up; everything was undone"):
        do(place, kernel, GUESTS)
    assert held(kernel) == before


def test_full_disk_changes_nothing(place: Place, kernel: MemoryKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the journal cannot be written, no step is done."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    kernel.before_write = lambda step: pytest.fail(f"written: {step}")
    with pytest.raises(ApplyError, match="No space left on device"):
        do(place, kernel, GUESTS)


def test_ctrl_c_in_the_middle_undoes(place: Place, kernel: MemoryKernel) -> None:
    """SIGINT at any step ends in the state before, and in exit 130."""
    before, handler = held(kernel), signal.getsignal(signal.SIGINT)
    for number in (signal.SIGINT, signal.SIGTERM):
        kernel.before_write = lambda _, number=number: os.kill(os.getpid(), number)
        with pytest.raises(Interrupted):
            do(place, kernel, GUESTS)
        assert held(kernel) == before
    kernel.before_write = lambda _: None
    assert signal.getsignal(signal.SIGINT) is handler


def test_unconfirmed_apply_waits_and_confirm_keeps_it(place: Place, kernel: MemoryKernel) -> None:
    """Until it is confirmed no other apply may begin; then it stays."""
    do(place, kernel, NIC)
    assert do(place, kernel, GUESTS, confirm_within=60).waits
    with pytest.raises(UsageError, match=r"waits for confirmation \((60|59) s left\)"):
        do(place, kernel, NIC)
    confirm(place, kernel)
    assert GUESTS.items() <= held(kernel).items()
    with pytest.raises(UsageError, match="no apply waits"):
        confirm(place, kernel)


def test_confirmation_that_comes_too_late_reverts(place: Place, kernel: MemoryKernel) -> None:
    """With the deadman killed too, the next command restores the state before."""
    before = held(kernel)
    do(place, kernel, GUESTS, confirm_within=-1)
    with pytest.raises(ApplyError, match="too late"):
        confirm(place, kernel)
    assert held(kernel) == before
    with pytest.raises(UsageError, match="reverted at"):
        confirm(place, kernel)


def test_next_apply_recovers_first(place: Place, kernel: MemoryKernel) -> None:
    """What a dead apply left is undone before the next one plans."""
    do(place, kernel, GUESTS, confirm_within=-1)
    done = do(place, kernel, NIC)
    assert "restored" in done.recovered
    assert ("link", HOME, "br1") not in held(kernel)


def test_rollback_of_an_unconfirmed_apply_reverts_it(place: Place, kernel: MemoryKernel) -> None:
    """There is no need to wait for the deadline."""
    before = held(kernel)
    do(place, kernel, GUESTS, confirm_within=60)
    assert rollback(place, kernel, UNWATCHED).plan
    assert held(kernel) == before


def test_rollback_after_confirmation_restores_and_tells_what_is_lost(place: Place, kernel: MemoryKernel) -> None:
    """All that can be rebuilt is; the namespace is there again, empty, and is named."""
    do(place, kernel, GUESTS)
    before = held(kernel)
    do(place, kernel, ONE)
    done = rollback(place, kernel, UNWATCHED)
    assert held(kernel) == before
    assert done.lost == ("netns demo.vm2 is there again, but empty: what ran in it is gone",)
    assert Store(place, kernel.identity).confirmed() == repr(len(GUESTS)).encode()
    assert not planned(place, kernel, Wish(GUESTS, {}, b""))
    with pytest.raises(UsageError, match="nothing to roll back"):
        rollback(place, kernel, UNWATCHED)


def test_rollback_leaves_a_setting_that_somebody_changed_since(place: Place, kernel: MemoryKernel) -> None:
    """Settings go back only while they have the value we gave them."""
    do(place, kernel, NAMED["a neighbour of the address"])
    theirs = next(s for s in planned(place, kernel, Wish(HostState(), {}, b"")) if s.step.key == ("mtu", HOME, "eth1"))
    changed = type(theirs.step.after)(HOME, "eth1", 9000)  # type: ignore[union-attr] # a Replace
    kernel.perform("somebody", [type(theirs.step)(theirs.step.before, changed)])  # type: ignore[union-attr,call-arg] # as above
    rollback(place, kernel, UNWATCHED)
    assert held(kernel)["mtu", HOME, "eth1"] == changed


def test_namespace_is_deleted_only_on_confirmation(place: Place, kernel: MemoryKernel) -> None:
    """What lives in it survives an apply that is taken back."""
    do(place, kernel, GUESTS)
    do(place, kernel, NIC, confirm_within=60)
    assert Namespace("demo.vm1").key in held(kernel)
    confirm(place, kernel)
    assert Namespace("demo.vm1").key not in held(kernel)


def test_reboot_forgets_and_restore_brings_the_confirmed_site_back(place: Place, kernel: MemoryKernel) -> None:
    """A journal of another boot is as none, rollback says so with exit 3, restore applies what was confirmed."""
    do(place, kernel, GUESTS)
    do(place, kernel, NIC, confirm_within=60)
    kernel.reboot(FOREIGN)
    with pytest.raises(CannotError, match="restore"):
        rollback(place, kernel, UNWATCHED)
    assert recover(place, kernel) == ""
    texts: list[bytes] = []

    def compiled(text: bytes) -> Wish:
        texts.append(text)
        return Wish(GUESTS, {}, text)

    restore(place, kernel, compiled, UNWATCHED)
    assert texts == [repr(len(GUESTS)).encode()]
    assert GUESTS.items() <= held(kernel).items()


def test_restore_without_a_confirmed_site_says_so(place: Place, kernel: MemoryKernel) -> None:
    """There is nothing to guess."""
    with pytest.raises(UsageError, match="nothing to restore"):
        restore(place, kernel, lambda text: Wish(GUESTS, {}, text), UNWATCHED)


def test_remove_takes_all_of_ours_away(place: Place, kernel: MemoryKernel) -> None:
    """And only that; there is no confirmed site then."""
    before = held(kernel)
    do(place, kernel, GUESTS)
    remove(place, kernel, UNWATCHED)
    assert held(kernel) == before
    assert Store(place, kernel.identity).confirmed() is None


def test_broken_proof_reverts_at_once(place: Place, kernel: MemoryKernel) -> None:
    """The judge sees the new state; if it does not hold, the old one is back."""
    before, seen = held(kernel), []

    def judge() -> str:
        seen.append(held(kernel))
        return "claim x is broken"

    with pytest.raises(ApplyError, match="claim x is broken; everything was undone"):
        do(place, kernel, GUESTS, judge=judge)
    assert GUESTS.items() <= seen[0].items()
    assert held(kernel) == before


def test_apply_that_a_guest_keeps_from_being_undone_says_so(
    place: Place, kernel: MemoryKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not say that everything was undone."""
    kept = "netns vm1 is not as it was: root in there keeps this from being undone: address"

    def revert(*_: object) -> tuple[str, ...]:
        return (kept,)

    monkeypatch.setattr("netproof.apply.transaction.revert", revert)
    with pytest.raises(ApplyError, match=f"claim x is broken; everything else was undone; {kept}$"):
        do(place, kernel, GUESTS, judge=lambda: "claim x is broken")


def test_second_apply_at_the_same_time_is_refused(place: Place, kernel: MemoryKernel) -> None:
    """The message names the one that holds the namespace."""
    with (
        Store(place, kernel.identity).locked(),
        pytest.raises(BusyError, match=rf"another apply \(pid {os.getpid()}, since \d\d:\d\d:\d\d\)"),
    ):
        do(place, kernel, GUESTS)


def test_foreign_bridge_of_our_name_is_a_conflict(place: Place) -> None:
    """It is named, and nothing is changed."""
    kernel = MemoryKernel([*FOREIGN, Bridge(HOME, "br1", "02:99:00:00:00:01")])
    with pytest.raises(ConflictError, match="bridge br1  02:99:00:00:00:01 is foreign"):
        do(place, kernel, GUESTS)


def test_second_site_in_the_namespace_is_refused(place: Place, kernel: MemoryKernel) -> None:
    """One site per network namespace."""
    kernel.perform("other", [Create(Bridge(HOME, "other", "02:00:00:00:00:07"))])
    with pytest.raises(ConflictError, match='belongs to the site "other"'):
        do(place, kernel, GUESTS)


@pytest.mark.parametrize("names", [("other", "hv1", ""), (SITE, "hv2", ""), (SITE, "hv1", "by-name")])
@pytest.mark.parametrize("confirm_within", [None, 60])
def test_second_place_in_the_namespace_is_refused(
    place: Place, kernel: MemoryKernel, names: tuple[str, str, str], confirm_within: float | None
) -> None:
    """Addresses and rules bear no site's name: another site, host or name of the namespace must not take them."""
    do(place, kernel, NIC, confirm_within=confirm_within)
    before = held(kernel)
    other = Place(*names, place.state, place.run)
    for attempt in (lambda: do(other, kernel, NIC), lambda: remove(other, kernel, UNWATCHED)):
        with pytest.raises(ConflictError, match=f"belongs to hv1 of {SITE} already"):
            attempt()
    with pytest.raises(ConflictError, match="one site and host"):
        planned(other, kernel, Wish(NIC, {}, b""))
    assert held(kernel) == before


def test_place_that_goes_while_it_is_looked_at_is_passed_over(
    place: Place, kernel: MemoryKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may take its own folder away at any moment."""
    other, is_dir = place.state / "gone", Path.is_dir
    other.mkdir(parents=True)

    def vanishing(path: Path) -> bool:
        there = is_dir(path)
        if path == other and there:
            other.rmdir()
        return there

    monkeypatch.setattr(Path, "is_dir", vanishing)
    do(place, kernel, NIC)
    assert not other.exists()


def test_namespace_is_free_again_after_remove(place: Place, kernel: MemoryKernel) -> None:
    """Then it may become another host, or another site."""
    do(place, kernel, NIC)
    remove(place, kernel, UNWATCHED)
    assert do(Place("other", "hv2", "", place.state, place.run), kernel, NIC).plan


def test_failed_undo_keeps_the_journal_for_recover(place: Place, kernel: MemoryKernel) -> None:
    """What could not be undone is said, and recover does it later."""
    before = held(kernel)

    def refuse(step: Step) -> None:
        if not isinstance(step, Create) or step.key == ("up", HOME, "p-vm2"):
            raise KernelError("refused", errno.EIO)

    kernel.before_write = refuse
    with pytest.raises(ApplyError, match="undoing it failed too"):
        do(place, kernel, GUESTS)
    kernel.before_write = lambda _: None
    assert "restored" in recover(place, kernel)
    assert held(kernel) == before


def test_port_whose_guard_cannot_be_undone_stays_down(place: Place, kernel: MemoryKernel) -> None:
    """One refusal keeps nothing else undone, but no port is up without its guard."""
    do(place, kernel, GUESTS)
    do(place, kernel, NIC, confirm_within=60)

    def refuse(step: Step) -> None:
        if isinstance(step, Create) and isinstance(step.thing, NftChain) and step.thing.device == "p-vm1":
            raise KernelError("refused", errno.EIO)

    kernel.before_write = refuse
    with pytest.raises(ApplyError, match=r"not undone: .*link p-vm1 up"):
        rollback(place, kernel, UNWATCHED)
    assert ("up", HOME, "p-vm1") not in held(kernel)
    assert ("up", HOME, "p-vm2") in held(kernel)


def test_namespace_that_somebody_else_made_meanwhile_is_not_deleted_on_confirmation(
    place: Place, kernel: MemoryKernel
) -> None:
    """Its name is that of one of ours; it is not."""
    do(place, kernel, GUESTS)
    do(place, kernel, NIC, confirm_within=60)
    guest = Namespace("demo.vm1")
    kernel.perform("root", [Create(guest).inverse(), Create(guest)])
    confirm(place, kernel)
    assert guest.key in held(kernel)
    assert ("namespace", "demo.vm2") not in held(kernel)


def test_files_are_the_owners_only(place: Place, kernel: MemoryKernel) -> None:
    """Folders 0700, files 0600, whatever the umask."""
    old = os.umask(0)
    try:
        do(place, kernel, GUESTS, confirm_within=60)
    finally:
        os.umask(old)
    for path in [*place.state.rglob("*"), *place.run.rglob("*"), place.state, place.run]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_guests_own_changes_are_not_drift(place: Place, kernel: MemoryKernel) -> None:
    """What root inside a guest did is left alone; a link that he took down at home's end is not his."""
    do(place, kernel, GUESTS)
    kernel.perform("root", [_down("demo.vm1", "eth0")])
    assert not planned(place, kernel, Wish(GUESTS, {}, b""))
    kernel.perform("root", [_down(HOME, "p-vm1")])
    assert [p.step.describe() for p in planned(place, kernel, Wish(GUESTS, {}, b""))] == ["link p-vm1 up"]


def _down(netns: str, ifname: str) -> Step:
    return Create(Up(netns, ifname)).inverse()


def test_lock_is_held_though_the_disk_is_full(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds it cannot be written down; then it is not told, and what must be written says so itself."""

    def full(_fd: int, _content: bytes, _offset: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with (
        Store(place, "a namespace").locked(),
        pytest.raises(BusyError, match="just begun"),
        Store(place, "a namespace").locked(),
    ):
        pass


def test_lock_leaves_no_file_and_lets_only_one_in(place: Place) -> None:
    """Who waited for a file that was taken away gets the lock of the one that has its name now."""
    store, inside, most = Store(place, "a namespace"), [0], [0]

    def enter() -> None:
        for _ in range(50):
            with store.locked(wait=True):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert list(place.run.iterdir()) == []
