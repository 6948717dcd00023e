"""A hundred thousand FDB entries of a VXLAN device, and a million: beside `bridge`, and beside C that does no more.

Times are CPU seconds of whoever does the work, user and system: the kernel does it in the caller's time, and what else
runs on the machine does not count. Dumps are timed with what is then made of them: for `bridge -j` its JSON, read and
compared; for ours the state, and its difference from what is wanted. To list them is quadratic in the kernel, the same
for all, and varies with the caches: what C gains over `bridge` is then all that there is to gain.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from netproof.change.diff import diff
from netproof.change.kernel import Reading, Scope
from netproof.change.ownership import Record
from netproof.change.plan import plan
from netproof.change.step import Create, Delete
from netproof.kernel.linux import LinuxKernel
from netproof.state.hoststate import HostState
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import RemoteEntry, Vxlan

FEW, MANY, ROUNDS, SITE = 100_000, 1_000_000, 5, "bench"
DEVICE = Vxlan(HOME, "vx", "02:ff:00:00:00:01", 100, "203.0.113.1")


@dataclass(frozen=True)
class Ground:
    """A namespace with a VXLAN device, and the three who write on it."""

    netns: str
    folder: Path
    kernel: LinuxKernel

    def bare(self, verb: str, count: int) -> float:
        """Let the C program do it."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.netns, self.folder / "fdb", verb, "vx", str(count)],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds, told, refused = done.stdout.split()
        assert refused == "0", f"{verb}: {refused} refused"
        assert verb in ("add", "delete") or int(told) == count, f"{verb}: {told} of {count}"
        return float(seconds)

    def batched(self, verb: str, entries: Sequence[RemoteEntry]) -> float:
        """Let `bridge -batch` do it."""
        file = self.folder / "batch"
        file.write_text("".join(f"fdb {verb} {e.mac} dev {e.ifname} dst {e.vtep}\n" for e in entries))
        return _of_children(
            lambda: subprocess.run(["bridge", "-n", self.netns, "-batch", file], check=True, capture_output=True)
        )

    def ours(self, step: type[Create] | type[Delete], things: Sequence[KernelObject]) -> float:
        """Do it through the kernel room, step by step of a plan."""
        steps = [step(thing) for thing in things]
        return _of_self(lambda: self.kernel.perform(SITE, steps))


def run() -> None:
    """Print the medians of alternating rounds and their ratios."""
    few = list(_entries(FEW))
    with _ground() as ground:
        writing = _rounds(ground, few)
        dumps = _dumps(ground, few)
    for what, wanted in (("add", 2.2), ("delete", 3.0)):
        ours, bare, theirs = (median(times) for times in writing[what])
        _say(f"{what} {FEW:,}", ours, bare, theirs, wanted)
    _say(f"dump and diff {FEW:,}", *dumps, 1.8)
    with _ground() as ground:
        _a_million(ground)
    print(f"plan of {FEW:,}: {_in_a_process('plan')} MB resident at most (wanted: 150)", flush=True)


def _entries(count: int) -> Iterator[RemoteEntry]:
    """Yield what the C program makes, too."""
    for i in range(count):
        yield RemoteEntry(HOME, "vx", "02:00:" + i.to_bytes(4, "big").hex(":"), f"10.0.0.{1 + i % 250}")


def _rounds(ground: Ground, entries: Sequence[RemoteEntry]) -> dict[str, tuple[list[float], list[float], list[float]]]:
    """Add and delete in turn: ours, C, `bridge`."""
    times: dict[str, tuple[list[float], list[float], list[float]]] = {"add": ([], [], []), "delete": ([], [], [])}
    for _ in range(ROUNDS):
        for verb, step in (("add", Create), ("delete", Delete)):
            times[verb][0].append(ground.ours(step, entries))
        for verb in ("add", "delete"):
            times[verb][1].append(ground.bare(verb, len(entries)))
        for verb, word in (("add", "add"), ("delete", "del")):
            times[verb][2].append(ground.batched(word, entries))
    return times


def _dumps(ground: Ground, entries: Sequence[RemoteEntry]) -> tuple[float, float, float]:
    """Read and compare in turn: ours, C (which only counts), `bridge -j`."""
    desired = HostState([DEVICE, *entries])
    ground.ours(Create, entries)
    times: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(ROUNDS):
        times[0].append(_of_self(lambda: _compared(desired, ground.kernel)))
        times[1].append(ground.bare("dump", len(entries)))
        times[2].append(_bridge_compared(ground, entries))
    ours, bare, theirs = map(median, times)
    return ours, bare, theirs


def _compared(desired: HostState, kernel: LinuxKernel) -> None:
    state = kernel.read(Scope.of(SITE, desired)).state
    delta = diff(desired, state, [key for key in state if key[0] == RemoteEntry.KIND])
    assert not delta.create, "what was written is not read"
    assert not delta.delete, "what was not written is read"


def _bridge_compared(ground: Ground, entries: Sequence[RemoteEntry]) -> float:
    said = b""

    def dump() -> None:
        nonlocal said
        command = ["bridge", "-n", ground.netns, "-j", "fdb", "show", "dev", "vx"]
        said = subprocess.run(command, check=True, capture_output=True).stdout

    def compare() -> None:
        found = {(e["mac"], e["dst"]) for e in json.loads(said)}
        assert not found ^ {(e.mac, e.vtep) for e in entries}

    return _of_children(dump) + _of_self(compare)


def _a_million(ground: Ground) -> None:
    """A million on one device: added, and seen to be there by asking for each."""
    many = list(_entries(MANY))
    theirs = ground.batched("add", many)
    ground.ours(Delete, many)
    bare = ground.bare("add", MANY)
    ground.bare("delete", MANY)
    _say(f"add {MANY:,}", ground.ours(Create, many), bare, theirs, 4.0)
    desired = HostState([DEVICE, *many])
    scope = replace(Scope.of(SITE, desired), by_name=True)

    def verify() -> None:
        state = ground.kernel.read(scope).state
        assert all(key in state for key in desired), "not all are there"

    print(f"verify {MANY:,} by name: ours {_of_self(verify):.2f} s, C {ground.bare('get', MANY):.2f} s", flush=True)


def _say(what: str, ours: float, bare: float, theirs: float, wanted: float) -> None:
    print(f"{what}: ours {ours:.3f} s, C {bare:.3f} s, bridge {theirs:.3f} s")
    limit = f"{theirs / bare:.1f} by C"
    print(f"  bridge / ours: {theirs / ours:.1f} (wanted: {wanted}; {limit})   ours / C: {ours / bare:.2f}", flush=True)


def _of_self(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _of_children(work: Callable[[], object]) -> float:
    before = os.times()
    work()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@contextmanager
def _ground() -> Iterator[Ground]:
    netns = f"bench-fdb-{os.getpid()}"
    if not shutil.which("cc"):
        sys.exit("the limit is a C program, and there is no C compiler: install gcc")
    with TemporaryDirectory() as folder:
        subprocess.run(["cc", "-O2", "-o", f"{folder}/fdb", Path(__file__).with_name("fdb.c")], check=True)
        subprocess.run(["ip", "netns", "add", netns], check=True)
        try:
            with LinuxKernel(netns) as kernel:
                kernel.perform(SITE, [Create(DEVICE)])
                yield Ground(netns, Path(folder), kernel)
        finally:
            subprocess.run(["ip", "netns", "del", netns], check=True)


def _in_a_process(word: str) -> int:
    """Return the memory that a process of its own took for it, in megabytes."""
    done = subprocess.run([sys.executable, "-m", __spec__.name, word], check=True, capture_output=True, text=True)
    return int(done.stdout)


def _plan_of_few() -> None:
    """Plan a device with all its entries where nothing is, and print how much memory that took."""
    made = plan(HostState([DEVICE, *_entries(FEW)]), Reading(HostState()), Record(), {})
    assert len(made) == FEW + 1
    status = Path("/proc/self/status").read_text()  # getrusage's figure is inherited from who started us
    print(int(status.partition("VmHWM:")[2].split()[0]) >> 10)


if __name__ == "__main__":
    _plan_of_few()
