"""A network daemon runs code that has been deleted from disk.

Symptom: a hole was mended by an upgrade weeks ago, and the daemon still has it. Cause: an upgrade replaces files,
while a process goes on with the files it began with, its own or a library's, until somebody starts it anew (all
kernels; /proc/PID/maps tells).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.daemons import by_name, listed, restart
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    for name, daemons in by_name(daemon for daemon in facts.daemons if daemon.replaced).items():
        files = ", ".join(dict.fromkeys(path for daemon in daemons for path in daemon.replaced))
        yield Finding(name, f"{listed(daemons)} runs what is deleted: {files}", restart(daemons), of_host=True)


CHECK = Check(
    "deleted-binary",
    "a network daemon runs code that has been deleted",
    "What an upgrade mended on disk is still open to the network. A daemon that systemd did not start is ended by the "
    "shown command: start it as you did before.",
    "proc(5), /proc/pid/maps; needrestart(1)",
    _findings,
    needs=frozenset({"sockets"}),
)
