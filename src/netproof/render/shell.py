"""A shell script of the commands that an administrator would have typed, each under its reason.

It makes on an empty host that has its NICs what ``apply`` makes, in the same order: nothing is up before what guards
it. What it makes bears no mark of ours.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from netproof.compiler.compile import Compiled
from netproof.render.commands import COMMANDS
from netproof.render.renderer import Renderer, Subject, printable
from netproof.render.tables import table_lines
from netproof.state.filters import NftChain, NftTable
from netproof.state.kinds import rank
from netproof.state.object import HOME, KernelObject

_HEADING = """#!/bin/sh
# {host} of {file}, for a host that has its NICs and nothing of this yet. Run it as root.
set -eu
"""


def _render(subject: Subject) -> str:
    compiled = subject.compiled()
    heading = _HEADING.format(host=subject.host, file=printable(subject.site.file))
    return heading + "".join(f"{line}\n" for line in _lines(compiled))


def _lines(compiled: Compiled) -> Iterator[str]:
    said = ""
    for thing in sorted(
        compiled.state.values(), key=lambda thing: (rank(thing), compiled.reasons[thing.key], thing.key)
    ):
        commands = list(_commands(compiled, thing))
        reason = printable(compiled.reasons[thing.key])
        if commands and reason != said:
            yield ""
            yield f"# {reason}"
            said = reason
        yield from commands


def _commands(compiled: Compiled, thing: KernelObject) -> Iterator[str]:
    if isinstance(thing, NftTable):
        inside = ("ip", "netns", "exec", thing.netns) if thing.netns != HOME else ()
        yield shlex.join((*inside, "nft", "-f", "-")) + " <<'EOF'"
        yield from table_lines(compiled, thing)
        yield "EOF"
    elif not isinstance(thing, NftChain):  # loaded with its table
        yield from COMMANDS[type(thing)](thing)


RENDERER = Renderer("shell", _render)
