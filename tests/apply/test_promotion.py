"""A NIC's promote_secondaries is switched for a moment only, however the apply ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

import pytest

from apply.driver import states
from apply.world import World
from netproof.apply.place import Place
from netproof.apply.transaction import Terms, Wish, apply
from netproof.apply.verbs import recover, rollback
from netproof.change.step import Delete, Step
from netproof.kernel.linux import LinuxKernel
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address
from netproof.state.object import HOME
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")


def promoting(world: World) -> str:
    """Return the NIC's setting."""
    return run("ip", "netns", "exec", world.home, "sysctl", "-n", "net.ipv4.conf.eth1.promote_secondaries").strip()


def test_killed_while_addresses_go_the_setting_is_put_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal tells of it before it is switched; afterwards it is the NIC's owner's again."""
    place = Place("demo", "hv1", world.home, world.folder / "lib", world.folder / "run")
    with LinuxKernel(world.home) as kernel:
        apply(place, kernel, Wish(states(world.home)["two"], {}, b"two"), Terms(watched=False))
        before = promoting(world)
        batch = LinuxKernel._batch_lane

        def dies(self: LinuxKernel, site: str, steps: Sequence[Step], size: int = 1) -> None:
            if isinstance(steps[0], Delete) and isinstance(steps[0].thing, Address) and steps[0].thing.netns == HOME:
                os.kill(os.getpid(), signal.SIGKILL)
            batch(self, site, steps, size)

        child = os.fork()
        if not child:
            monkeypatch.setattr(LinuxKernel, "_batch_lane", dies)
            apply(place, kernel, Wish(HostState(), {}, None), Terms(watched=False))
            os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        assert (before, promoting(world)) == ("0", "1")
        assert "restored" in recover(place, kernel)
        assert promoting(world) == "0"


def test_setting_that_its_owner_changed_after_an_apply_stays_at_rollback(world: World) -> None:
    """What is remembered for `rollback` says nothing of it."""
    place = Place("demo", "hv1", world.home, world.folder / "lib", world.folder / "run")
    with LinuxKernel(world.home) as kernel:
        apply(place, kernel, Wish(states(world.home)["two"], {}, b"two"), Terms(watched=False))
        apply(place, kernel, Wish(HostState(), {}, None), Terms(watched=False))
        run("ip", "netns", "exec", world.home, "sysctl", "-qw", "net.ipv4.conf.eth1.promote_secondaries=1")
        rollback(place, kernel, Terms(watched=False))
    assert promoting(world) == "1"
