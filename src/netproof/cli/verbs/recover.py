"""`netproof recover`: mend what an apply or rollback left that was killed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netproof.cli.verb import NAMED, Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.verbs import recover
    from netproof.cli.live import place_and_kernel

    with place_and_kernel(args) as (place, kernel):
        done = recover(place, kernel)
        terminal.json({"recovered": done})
        terminal.line(done or "nothing to recover")
    return 0


VERB = Verb(
    "recover",
    "restore the state before an apply that was killed",
    "Restore the state before an apply or rollback that was killed half way; does nothing where there is none.",
    partial(host_arguments, site=NAMED),
    _run,
)
