"""An apply that waits: confirmed in time, or reverted by itself when everybody else is gone."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time

import pytest

from cli.hypervisor import NETPROOF, Hypervisor, eventually

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def test_unconfirmed_apply_reverts_by_itself(host: Hypervisor) -> None:
    """After its seconds the state is that before; a confirmation then comes too late and is told when and why."""
    before = host.look()
    said = host.do("apply", "--confirm", "1.5").out.splitlines()
    assert said[-1] == (
        f"waits: reverts in 1.5 s unless confirmed: `netproof confirm {host.file} --host hv1 --netns {host.hv}`"
    )
    assert host.is_applied()
    eventually(lambda: host.journal() is None)
    assert host.look() == before
    assert "reverted at" in host.refused("confirm", expect=2)
    assert not host.deadmen()


def test_confirmed_apply_stays(host: Hypervisor) -> None:
    """Nobody stands by any more, and the time passes without harm; JSON told that it waits."""
    told = host.do("apply", "--confirm", "3", "--format", "json").json
    assert told["waits"] == 3
    begun = time.monotonic()
    applied = host.look()
    assert host.do("confirm").out == f"confirmed: hv1 of {host.site} in netns {host.hv}\n"
    assert time.monotonic() - begun < 3
    eventually(lambda: not host.deadmen())
    assert host.look() == applied
    assert "no apply waits" in host.refused("confirm", expect=2)


def test_waiting_apply_can_be_rolled_back_at_once(host: Hypervisor) -> None:
    """And nothing else may be applied meanwhile: the message says what to do."""
    before = host.look()
    host.do("apply", "--confirm", "60")
    assert "an apply waits for confirmation" in host.refused("apply", expect=2)
    host.do("rollback")
    assert host.look() == before
    eventually(lambda: not host.deadmen())


def test_unconfirmed_apply_reverts_when_its_terminal_and_session_are_gone(host: Hypervisor) -> None:
    """The login that applied is killed with all its processes and its terminal, as when the network went away."""
    before = host.look()
    login, terminal = pty.fork()
    if not login:
        argv = [str(NETPROOF), *map(str, host.at("apply", "--confirm", "2"))]
        os.execv("/bin/sh", ["sh", "-c", '"$@"; sleep 60', "sh", *argv])  # noqa: S606 - the login's own shell
    eventually(lambda: (host.journal() or {}).get("phase") == "unconfirmed")
    assert host.is_applied()
    os.close(terminal)
    os.killpg(login, signal.SIGKILL)
    os.waitpid(login, 0)
    eventually(lambda: host.journal() is None)
    assert host.look() == before


def test_deadman_holds_none_of_the_appliers_files(host: Hypervisor) -> None:
    """Whoever reads what apply prints is not kept waiting by the process that stands by."""
    begun = time.monotonic()
    subprocess.run([NETPROOF, *host.at("apply", "--confirm", "30")], check=True, capture_output=True, timeout=20)
    assert time.monotonic() - begun < 20
    [deadman] = host.deadmen()
    assert os.getsid(deadman) != os.getsid(0)
    host.do("rollback")


@pytest.mark.parametrize("seconds", ["0", "-3", "soon", "nan", "inf", "1e9"])
def test_confirm_seconds_that_mean_nothing_are_refused(host: Hypervisor, seconds: str) -> None:
    """Before anything is touched; a time without end would be no revert at all."""
    said = host.do("apply", f"--confirm={seconds}", expect=2)
    assert said.err.splitlines()[-1].endswith(
        f"argument --confirm: got {seconds}; expected seconds, more than 0 and at most 86400 (a day)"
    )
    assert not host.is_applied()
