"""Unconfirmed applies revert by themselves, whatever became of the applier and its terminal."""

from __future__ import annotations

import os
import pty
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from apply.driver import states
from apply.world import World, assert_looks
from netproof.apply import deadman
from netproof.apply.place import Place
from netproof.apply.store import Store
from netproof.apply.transaction import Terms, Wish, apply
from netproof.apply.verbs import confirm
from netproof.kernel.linux import LinuxKernel
from netproof.kernel.netns import entered
from shell import eventually

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")


def test_unconfirmed_apply_reverts_after_its_time(world: World) -> None:
    """And tells the one who confirms too late; no deadman stays."""
    before = world.rest()
    world.do("apply", "two", "--confirm", "1")
    assert len(world.deadmen()) == 1
    assert world.look() != before
    assert eventually(lambda: not world.deadmen())
    assert_looks(world, before, "not confirmed")
    assert "reverted at" in world.do("confirm", expect=2)


def test_confirmed_apply_stays_and_its_deadman_leaves_at_once(world: World) -> None:
    """It does not sit out its time."""
    world.do("apply", "two", "--confirm", "600")
    after = world.rest()
    world.do("confirm")
    assert eventually(lambda: not world.deadmen(), within=2)
    assert_looks(world, after, "confirmed")
    assert not world.do("apply", "two").strip()


def test_rollback_of_an_unconfirmed_apply_sends_its_deadman_away(world: World) -> None:
    """The state before is there at once."""
    before = world.rest()
    world.do("apply", "two", "--confirm", "600")
    world.do("rollback")
    assert_looks(world, before, "rolled back")
    assert eventually(lambda: not world.deadmen(), within=2)


def test_apply_reverts_when_its_terminal_is_gone(world: World) -> None:
    """The terminal hangs up after an unconfirmed apply: applier and shell are gone, the deadman is not."""
    before = world.rest()
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests under nohup ignores it
        os.dup2(1, 2)
        world.start("apply", "two", "--confirm", "2").wait()
        signal.pause()
    assert eventually(lambda: (world.journal() or {}).get("phase") == "unconfirmed")
    os.close(terminal)
    os.waitpid(pid, 0)
    assert len(world.deadmen()) == 1
    assert_looks(world, before, "hung up")


def test_signal_in_the_middle_undoes(world: World) -> None:
    """SIGINT or SIGTERM at any time: exit 130 and the state before, or it was done already."""
    before = world.rest()
    for wait in (0.15, 0.2, 0.25, 0.3):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = world.start("apply", "two")
            time.sleep(wait)
            process.send_signal(number)
            process.communicate(timeout=30)
            assert world.journal() is None
            assert process.returncode in (0, 1, 130, -number)
            if process.returncode != 130:  # it had not begun (1: amid the imports), or was done already
                world.do("remove")
            assert_looks(world, before, f"signal {number} after {wait} s")


def test_second_apply_is_refused_while_one_runs(world: World) -> None:
    """It says who holds the namespace, and exits 4."""
    with LinuxKernel(world.home) as kernel:
        place = Place("demo", "hv1", world.home, world.folder / "lib", world.folder / "run")

        def judge() -> str:
            assert f"pid {os.getpid()}" in world.do("apply", "one", expect=4)
            return ""

        apply(place, kernel, Wish(states(world.home)["two"], {}, b"two"), Terms(judge=judge))


def test_host_of_an_apply_buries_its_children(world: World) -> None:
    """A process that lives on after an apply has no zombie of it."""
    with LinuxKernel(world.home) as kernel:
        place = Place("demo", "hv1", world.home, world.folder / "lib", world.folder / "run")
        wish = Wish(states(world.home)["two"], {}, b"two")
        apply(place, kernel, wish, Terms(confirm_within=60))
        confirm(place, kernel)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_disturbed_deadman_leaves_a_trace_and_reverts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever hit it, it tries once more, and says what it was."""
    before = world.rest()
    place = Place("demo", "hv1", world.home, world.folder / "lib", world.folder / "run")
    with LinuxKernel(world.home) as kernel, entered(world.home):
        wish = Wish(states(world.home)["two"], {}, b"two")
        apply(place, kernel, wish, Terms(confirm_within=0.01, watched=False))
        store = Store(place, kernel.identity)
        waiting = store.journal()
        assert waiting
        store.write_journal(replace(waiting, deadman=(os.getpid(), deadman._started(os.getpid()))))
        real, hits = deadman.revert_and_forget, []

        def disturbed(*args: Any) -> None:
            hits.append(args)
            if len(hits) == 1:
                raise ZeroDivisionError("nobody expects it")
            real(*args)

        monkeypatch.setattr(deadman, "revert_and_forget", disturbed)
        monkeypatch.setattr(deadman, "_PAUSE", 0.01)
        watched, hold = os.pipe()
        os.close(hold)
        former = signal.getsignal(signal.SIGTERM)
        try:
            deadman._stand_by(deadman._Watch(place, -1, watched, -1), kernel)
        finally:
            signal.signal(signal.SIGTERM, former)
            os.close(watched)
    assert world.journal() is None
    assert_looks(world, before, "disturbed")
    assert "ZeroDivisionError: nobody expects it" in (place.folder / "deadman.log").read_text()
