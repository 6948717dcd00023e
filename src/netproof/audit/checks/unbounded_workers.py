"""Nothing bounds how many processes a TCP daemon may have.

Symptom: somebody opens connections as fast as he can, and the host cannot start a shell any more. Cause: daemons that
make a process or a thread for each connection are bounded by a cgroup (pids.max, since 4.3; systemd's TasksMax, 15 %
of what the kernel has by default) or by their user's RLIMIT_NPROC, which does not hold for root. Units with
TasksMax=infinity and daemons started by hand have neither.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.daemons import by_name, listed
from netproof.state.facts import Facts
from netproof.state.inhabitants import Daemon

_ENOUGH = 4096


def _findings(facts: Facts) -> Iterator[Finding]:
    listening = {pid for socket in facts.sockets if socket.protocol == "tcp" for pid in socket.pids}
    unbounded = [daemon for daemon in facts.daemons if daemon.most_tasks is None and daemon.pid in listening]
    for name, daemons in by_name(unbounded).items():
        evidence = f"{listed(daemons)} listens, and no pids.max bounds it, nor does its user's limit"
        yield Finding(name, evidence, _bound(daemons), of_host=True)


def _bound(daemons: list[Daemon]) -> tuple[str, ...]:
    first = daemons[0]
    if first.unit:
        return ("systemctl", "set-property", first.unit, f"TasksMax={_ENOUGH}")
    group = shlex.quote(first.group)
    moves = "".join(f" && echo {daemon.pid} > {group}/cgroup.procs" for daemon in daemons)
    return ("sh", "-c", f"mkdir -p {group} && echo {_ENOUGH} > {group}/pids.max{moves}")


CHECK = Check(
    "unbounded-workers",
    "nothing bounds how many processes a TCP daemon may have",
    "Whoever may connect can use up all processes of the host.",
    "systemd.resource-control(5), TasksMax; kernel: Documentation/admin-guide/cgroup-v2.rst, pids",
    _findings,
    needs=frozenset({"sockets", "most_tasks"}),
)
