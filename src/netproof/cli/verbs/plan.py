"""`netproof plan`: what `apply` would do here, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.verb import Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.transaction import planned
    from netproof.cli.live import target
    from netproof.cli.planning import show_plan

    with target(args, trusted=False) as to:
        plan = planned(to.place, to.kernel, to.wish)
        show_plan(args.host, plan, to.notes, terminal)
    return 1 if plan.aside else 0


VERB = Verb(
    "plan",
    "show what apply would do, and why",
    "Compare the site with the live kernel and list the steps that `apply` would take, each with its reason: in place, "
    "re-created, or disruptive. Touches nothing; empty when there is nothing to do.",
    host_arguments,
    _run,
)
