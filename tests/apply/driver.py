"""One verb of apply in a process of its own, which may be told to die: driver.py HOME FOLDER VERB [STATE] [options].

STATE is one of ours, or with ``--of FILE`` a host of that site. ``--die K`` is SIGKILL right before the K-th write,
``--take-deadman`` kills the deadman first.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from laws.states import Guest, Host, Tunnel
from netproof.apply.place import Place
from netproof.apply.transaction import Terms, Wish, apply
from netproof.apply.verbs import confirm, recover, remove, restore, rollback
from netproof.change.kernel import Reading, Scope
from netproof.change.step import Step
from netproof.compiler.compile import compile_host
from netproof.errors import NetproofError
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.state.hoststate import HostState


class MortalKernel:
    """A real kernel, written to step by step by a process that dies before the `die`-th."""

    def __init__(self, kernel: LinuxKernel, die: int, journal: Path | None) -> None:
        self._kernel, self._left, self._journal = kernel, die, journal

    @property
    def identity(self) -> str:
        return self._kernel.identity

    def read(self, scope: Scope) -> Reading:
        return self._kernel.read(scope)

    def perform(self, site: str, steps: Sequence[Step]) -> None:
        for step in steps:
            if self._left == 0:
                self._die()
            self._left -= 1
            self._kernel.perform(site, [step])

    def _die(self) -> None:
        if self._journal:
            os.kill(json.loads(self._journal.read_text())["deadman"][0], signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def states(home: str) -> dict[str, HostState]:
    """Return the states of the tests; guests' namespaces are named after `home`, to be nobody else's."""
    vm1 = Guest("vm1", netns=f"{home}.vm1")
    vm2 = Guest("vm2", "02:00:00:00:00:0b", "198.51.100.12/24", netns=f"{home}.vm2")
    tc = frozenset({"tc-ingress", "disable-ipv6"})
    return {
        "nothing": HostState(),
        "two": Host((vm1, vm2), via="192.168.14.254", forward=True).state(),
        "annexed": Host((vm1, vm2), tunnel=Tunnel(), annex=f"{home}.br1@hv1").state(),
        "one": Host((Guest("vm1", "02:00:00:00:00:0c", netns=f"{home}.vm1"),), isolation=tc, mtu=1400).state(),
    }


def of_example(site: Site, host: str, home: str) -> HostState:
    """Return what a host of an example is to be; nothing if it is called so."""
    if host == "nothing":
        return HostState()
    return compile_host(site, host, capabilities(), lambda endpoint: f"{home}.{endpoint.name}").state


def main() -> int:
    """Do the verb and say what it said; its exit code is ours."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # to die of it like anybody, but within an apply
    parser = argparse.ArgumentParser()
    for name in ("home", "folder", "verb"):
        parser.add_argument(name)
    parser.add_argument("state", nargs="?", default="nothing")
    parser.add_argument("--die", type=int, default=-1)
    parser.add_argument("--take-deadman", action="store_true")
    parser.add_argument("--confirm", type=float)
    parser.add_argument("--of")
    asked = parser.parse_args()
    site = load_site(asked.of) if asked.of else None
    name = site.name if site else "demo"
    place = Place(name, "hv1", asked.home, Path(asked.folder) / "lib", Path(asked.folder) / "run")
    state = of_example(site, asked.state, asked.home) if site else states(asked.home)[asked.state]
    wish = Wish(state, {}, asked.state.encode())
    terms = Terms(confirm_within=asked.confirm)
    with LinuxKernel(asked.home) as linux:
        kernel = MortalKernel(linux, asked.die, place.folder / "journal.json" if asked.take_deadman else None)
        verbs = {
            "apply": lambda: apply(place, kernel, wish, terms).plan,
            "confirm": lambda: confirm(place, kernel),
            "rollback": lambda: rollback(place, kernel, terms).plan,
            "recover": lambda: recover(place, kernel),
            "restore": lambda: (
                restore(place, kernel, lambda text: Wish(states(asked.home)[text.decode()], {}, text), terms).plan
            ),
            "remove": lambda: remove(place, kernel, terms).plan,
        }
        try:
            done = verbs[asked.verb]()
        except NetproofError as error:
            print(error)
            return error.exit_code
    print("\n".join(p.step.describe() for p in done) if hasattr(done, "steps") else done or "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
