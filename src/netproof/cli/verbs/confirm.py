"""`netproof confirm`: let an unconfirmed apply stay."""

from __future__ import annotations

import argparse
from functools import partial

from netproof.cli.live import NAMED, host_arguments, place_and_kernel
from netproof.cli.terminal import Terminal
from netproof.cli.verb import Verb


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.verbs import confirm

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
