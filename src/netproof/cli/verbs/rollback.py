"""`netproof rollback`: back to before the last apply."""

from __future__ import annotations

import argparse
from functools import partial

from netproof.cli.live import NAMED, host_arguments, place_and_kernel
from netproof.cli.terminal import Terminal
from netproof.cli.verb import Verb


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.apply.verbs import rollback
    from netproof.cli.planning import show_plan

    with place_and_kernel(args) as (place, kernel), held():
        back = rollback(place, kernel)
        show_plan(args.host, back.plan, back.lost, terminal)
        terminal.line(("rolled back", "bold green"))
    return 0


VERB = Verb(
    "rollback",
    "go back to before the last apply",
    "Restore what the last apply changed, confirmed or not; what cannot be rebuilt is listed.",
    partial(host_arguments, site=NAMED),
    _run,
)
