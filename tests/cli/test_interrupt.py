"""Ctrl-C and SIGTERM anywhere: exit 130, one sentence, nothing half done."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from cli.hypervisor import Hypervisor, eventually, netproof
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SIGNALS = [signal.SIGINT, signal.SIGTERM]
INTERRUPTED = 130


def interrupted(process: subprocess.Popen[str], after: float, number: signal.Signals) -> bool:
    """Send a signal so many seconds after it is at work; say whether it ended the process, which says so."""
    eventually(lambda: _is_at_work(process.pid))
    time.sleep(after)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    if process.returncode in (0, 1):  # it was faster
        assert not err
        return False
    assert process.returncode == INTERRUPTED, err
    assert err in ("netproof: interrupted\n", "netproof: interrupted; what was begun has been undone\n"), err
    return True


def _is_at_work(pid: int) -> bool:
    """Say whether a process catches SIGTERM; until then Python itself is not ready yet."""
    caught = int(Path(f"/proc/{pid}/status").read_text().partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted_apply_leaves_the_state_before(host: Hypervisor, number: signal.Signals) -> None:
    """At moments from the loading of modules to the proof; a finished one is whole, and says so."""
    before = host.look()
    moments = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4]
    ended = [interrupted(host.begin("apply", "--prove"), after, number) and _is_as(host, before) for after in moments]
    assert ended.count(True) > 4


def _is_as(host: Hypervisor, before: str) -> bool:
    assert host.look() == before
    assert host.journal() is None
    eventually(lambda: not host.deadmen())
    return True


def test_interrupted_apply_says_so_while_it_proves(host: Hypervisor) -> None:
    """The proof stops at once, not at its end."""
    before = host.look()
    applying = host.begin("apply", "--prove")
    eventually(lambda: host.journal() is not None and host.is_applied())
    begun = time.monotonic()
    assert interrupted(applying, 0.1, signal.SIGINT)
    assert time.monotonic() - begun < 3
    assert host.look() == before


def test_second_interrupt_does_not_disturb_the_undoing(host: Hypervisor) -> None:
    """An impatient user ends with the state before all the same."""
    before = host.look()
    applying = host.begin("apply", "--prove")
    eventually(lambda: host.journal() is not None and host.is_applied())
    for _ in range(30):
        applying.send_signal(signal.SIGINT)
        time.sleep(0.005)
    assert applying.wait(60) == INTERRUPTED
    assert host.look() == before


def test_interrupts_of_a_live_proof_leave_guests_as_they_were(host: Hypervisor) -> None:
    """The routes that it lays for its probes are gone again, however often Ctrl-C is pressed."""
    host.do("apply")

    def routes() -> list[str]:
        return [run("ip", "-n", f"{host.site}.{guest}", "route") for guest in ("vm1", "vm2")]

    eventually(lambda: not any("linkdown" in text for text in routes()))
    before = routes()
    for _ in range(6):
        proving = host.begin("prove")
        eventually(lambda p=proving: routes() != before or p.poll() is not None)
        for _ in range(40):
            proving.send_signal(signal.SIGINT)
            time.sleep(0.001)
        proving.communicate(timeout=60)
        assert routes() == before


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("argv", [("lab", "up"), ("prove", "--lab")], ids=["lab up", "prove"])
def test_interrupted_lab_leaves_nothing(host: Hypervisor, argv: tuple[str, ...], number: signal.Signals) -> None:
    """No namespace of lab or twin; a lab that came up before the signal is whole."""
    ended = 0
    for after in [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.1]:
        process = host.start(*argv, host.file)
        if interrupted(process, after, number):
            ended += 1
        elif argv == ("lab", "up"):
            netproof("lab", "down", host.site)
        assert not host.guests(), f"after {after} s"
    assert ended > 2


def test_interrupted_lab_down_is_finished_by_another(host: Hypervisor) -> None:
    """It says how to go on; and the next one leaves nothing."""
    netproof("lab", "up", host.file)
    process = host.start("lab", "down", host.file)
    eventually(lambda: len(host.guests()) < 7)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, INTERRUPTED)
    assert err == (
        "netproof: interrupted; `netproof lab down` again removes what is left\n" if process.returncode else ""
    )
    netproof("lab", "down", host.file)
    assert not host.guests()
