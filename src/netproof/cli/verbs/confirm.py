"""`netproof confirm`: let an unconfirmed apply stay."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netproof.cli.verb import NAMED, Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.verbs import confirm
    from netproof.cli.live import place_and_kernel

    with place_and_kernel(args) as (place, kernel):
        confirm(place, kernel)
        terminal.json({"confirmed": str(place)})
        terminal.line(("confirmed: ", "bold green"), str(place))
    return 0


VERB = Verb(
    "confirm",
    "let an apply that waits stay",
    "Confirm an apply that was made with --confirm, before its time is over.",
    partial(host_arguments, site=NAMED),
    _run,
)
