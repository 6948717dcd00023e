"""A rule about a hundred thousand addresses, as a policy's line makes it: beside libnftables given the same text.

The set stands in its rule. Loading is timed from the desired state to the kernel (the kernel read, planning, the
transaction), reading back with the comparison; what the compiler takes to spell the rule is told apart. Times are CPU
seconds, user and system, of this process and those it starts.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from statistics import median

from netproof.change.diff import diff
from netproof.change.kernel import Scope
from netproof.change.ownership import Record
from netproof.change.plan import plan
from netproof.change.step import Delete
from netproof.firewall.spelling import prefixes
from netproof.kernel.linux import LinuxKernel
from netproof.kernel.netns import entered
from netproof.state.filters import NftChain, NftTable, table_name
from netproof.state.hoststate import HostState
from netproof.state.object import HOME

COUNTS, ROUNDS, SITE, HOOK = (10_000, 100_000), 5, "bench", "type filter hook forward priority filter; policy accept;"
TABLE = NftTable(HOME, "inet", table_name(SITE))


def run() -> None:
    """Print the medians of alternating rounds and their ratios."""
    try:
        library = ctypes.CDLL("libnftables.so.1")
    except OSError:
        sys.exit("the limit is libnftables, and it is not here: install nftables")
    library.nft_ctx_new.restype = ctypes.c_void_p
    for count in COUNTS:
        netns = f"bench-nftset-{os.getpid()}"
        subprocess.run(["ip", "netns", "add", netns], check=True)
        try:
            _say(count, {what: median(times) for what, times in _rounds(netns, count, library).items()})
        finally:
            subprocess.run(["ip", "netns", "del", netns], check=True)


def _rounds(netns: str, count: int, library: ctypes.CDLL) -> dict[str, list[float]]:
    """Load, read back, change by one address, and take away, in turn: ours, libnftables alone, `nft -f`."""
    times: dict[str, list[float]] = {}
    more = [IPv4Network(0x0A000000 + 2 * i) for i in range(count + 1)]  # no two can be said as one
    networks = more[:-1]
    wanted, changed = _wanted(networks), _wanted(more)
    listing, removal = f"list table inet {TABLE.name}", f"delete table inet {TABLE.name}"
    text = f"add table inet {TABLE.name}\nadd chain inet {TABLE.name} lines {{ {HOOK} }}\n"
    text += f"add rule inet {TABLE.name} lines {_rule(networks)}\n"
    with LinuxKernel(netns) as kernel:
        for _ in range(ROUNDS):
            _time(times, "spell", lambda: _rule(networks))
            _time(times, "load", lambda: _load(kernel, wanted))
            _time(times, "read", lambda: _compare(kernel, wanted))
            _time(times, "change", lambda: _load(kernel, changed))
            kernel.perform(SITE, [Delete(TABLE)])
            with entered(netns):
                _time(times, "load, libnftables", lambda: _bare(library, text))
                _time(times, "read, libnftables", lambda: _bare(library, listing))
                _bare(library, removal)
                _time(times, "load, nft -f", lambda: _nft(text))
                _time(times, "read, nft", lambda: _nft(listing))
                _bare(library, removal)
    return times


def _wanted(networks: Sequence[IPv4Network]) -> HostState:
    return HostState([TABLE, NftChain(HOME, "inet", TABLE.name, "lines", HOOK, (_rule(networks),))])


def _rule(networks: Sequence[IPv4Network]) -> str:
    return f"ip saddr {prefixes(networks)} accept"


def _load(kernel: LinuxKernel, wanted: HostState) -> None:
    made = plan(wanted, kernel.read(Scope.of(SITE, wanted)), Record(), {})
    kernel.perform(SITE, [planned.step for planned in made])


def _compare(kernel: LinuxKernel, wanted: HostState) -> None:
    delta = diff(wanted, kernel.read(Scope.of(SITE, wanted)).state, ())
    assert not delta.create, "what was loaded is not read"
    assert not delta.replace, "what was loaded is read otherwise"


def _bare(library: ctypes.CDLL, text: str) -> None:
    """Let the library do it, and throw away what it prints."""
    context = ctypes.c_void_p(library.nft_ctx_new(0))
    library.nft_ctx_buffer_output(context)
    assert not library.nft_run_cmd_from_buffer(context, text.encode())
    library.nft_ctx_free(context)


def _nft(text: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True, stdout=subprocess.DEVNULL)


def _time(times: dict[str, list[float]], what: str, work: Callable[[], object]) -> None:
    before = _cpu()
    work()
    times.setdefault(what, []).append(_cpu() - before)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _say(count: int, seconds: dict[str, float]) -> None:
    load, bare, nft = seconds["load"], seconds["load, libnftables"], seconds["load, nft -f"]
    print(f"load {count:,}: ours {load:.3f} s, libnftables {bare:.3f} s, nft -f {nft:.3f} s")
    print(f"  ours / libnftables: {load / bare:.2f} (wanted: at most 1.5)   nft -f / ours: {nft / load:.1f}")
    read, bare, nft = seconds["read"], seconds["read, libnftables"], seconds["read, nft"]
    print(f"read back and diff {count:,}: ours {read:.3f} s, libnftables {bare:.3f} s, nft {nft:.3f} s")
    print(f"  ours / libnftables: {read / bare:.2f}   nft / ours: {nft / read:.1f}")
    print(f"spell {count:,}: {seconds['spell']:.3f} s   plan and apply one more: {seconds['change']:.3f} s", flush=True)
