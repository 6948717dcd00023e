"""`netproof rollback`: back to before the last apply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netproof.cli.verb import NAMED, Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.apply.verbs import rollback
    from netproof.cli.live import place_and_kernel
    from netproof.cli.planning import show_plan

    with place_and_kernel(args) as (place, kernel), held():
        back = rollback(place, kernel)
        show_plan(args.host, back.plan, (*back.lost, *back.withheld), terminal)
        terminal.line(("rolled back", "bold green"))
    return 1 if back.withheld else 0


VERB = Verb(
    "rollback",
    "go back to before the last apply",
    "Restore what the last apply changed, confirmed or not; what cannot be rebuilt, or a guest refuses, is listed.",
    partial(host_arguments, site=NAMED),
    _run,
)
