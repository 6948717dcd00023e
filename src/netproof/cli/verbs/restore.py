"""`netproof restore`: the last confirmed site, at boot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netproof.cli.verb import NAMED, Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.apply.transaction import Wish
    from netproof.cli.terminal import Terminal


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.apply.verbs import restore
    from netproof.cli.live import place_and_kernel, wish_of
    from netproof.cli.planning import show_plan

    def compiled(text: bytes) -> Wish:
        from netproof.site.load import parse_site

        return wish_of(parse_site(text, f"confirmed {args.site}"), text, args)[0]

    with place_and_kernel(args) as (place, kernel), held():
        done = restore(place, kernel, compiled)
        show_plan(args.host, done.plan, (), terminal)
        terminal.line(("restored", "bold green") if done.plan else "as confirmed already")
    return 1 if done.plan.aside else 0


VERB = Verb(
    "restore",
    "apply the last confirmed site, as at boot",
    "Apply the site that was confirmed last on this host; the systemd unit calls it at boot.",
    partial(host_arguments, site=NAMED),
    _run,
)
