"""`netproof remove`: take everything of ours away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netproof.cli.verb import NAMED, Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.apply.verbs import remove
    from netproof.cli.live import place_and_kernel
    from netproof.cli.planning import show_plan

    with place_and_kernel(args) as (place, kernel), held():
        done = remove(place, kernel)
        show_plan(args.host, done.plan, (), terminal)
        terminal.line(("removed", "bold green") if done.plan else "nothing of ours was here")
    return 0


VERB = Verb(
    "remove",
    "take everything of ours away",
    "Remove every object of the site from this host and put foreign settings back to what they were.",
    partial(host_arguments, site=NAMED),
    _run,
)
