"""A network daemon's stack is executable.

Symptom: none, until a buffer overflow that would have been a crash is a shell. Cause: one object file, mostly of
assembler without a .note.GNU-stack section, marks the whole program or library as in need of an executable stack
(PT_GNU_STACK), and the kernel obeys.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.daemons import by_name, listed, restart
from netproof.state.facts import Facts
from netproof.state.inhabitants import Daemon


def _findings(facts: Facts) -> Iterator[Finding]:
    for name, daemons in by_name(daemon for daemon in facts.daemons if daemon.executable_stack).items():
        asks = next((daemon.stack_flag for daemon in daemons if daemon.stack_flag), None)
        why = f"{asks[0]} asks for it" if asks else "no file of it asks for that: see setarch(8), -X"
        evidence = f"the stack of {listed(daemons)} is executable; {why}"
        yield Finding(name, evidence, _mend(*asks, daemons) if asks else restart(daemons), of_host=True)


def _mend(path: str, offset: int, daemons: list[Daemon]) -> tuple[str, ...]:
    """Return the command that puts a copy in the place of a file, without the flag, and starts the daemons anew."""
    old, new = shlex.quote(path), shlex.quote(f"{path}.new")
    write = f"printf '\\006' | dd of={new} bs=1 seek={offset} conv=notrunc status=none"
    return ("sh", "-c", f"cp -a {old} {new} && {write} && mv {new} {old} && {shlex.join(restart(daemons))}")


CHECK = Check(
    "executable-stack",
    "a network daemon's stack is executable",
    "What a stranger writes over a buffer on the stack is run. A program that truly makes code on its stack fails "
    "without it: then take the file from its package again.",
    "elf(5), PT_GNU_STACK; ld(1), -z noexecstack",
    _findings,
    needs=frozenset({"sockets"}),
)
