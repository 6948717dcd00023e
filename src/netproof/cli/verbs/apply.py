"""`netproof apply`: make this host what the site says, all or nothing."""

from __future__ import annotations

import argparse
import math

from netproof.cli.live import Target, host_arguments, target
from netproof.cli.terminal import Terminal
from netproof.cli.verb import Verb


def _arguments(parser: argparse.ArgumentParser) -> None:
    host_arguments(parser)
    stays = parser.add_mutually_exclusive_group()
    stays.add_argument(
        "--confirm",
        metavar="SECONDS",
        type=_seconds,
        help="revert after so many seconds unless `netproof confirm` comes, even if terminal and applier are gone",
    )
    stays.add_argument("--prove", action="store_true", help="prove what can be proved here, and revert if it is broken")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(text)
    return seconds


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.transaction import Terms, apply
    from netproof.cli.planning import show_plan

    with target(args, trusted=True) as to:
        judge = (lambda: _holds(to, args, terminal)) if args.prove else None
        done = apply(to.place, to.kernel, to.wish, Terms(confirm_within=args.confirm, judge=judge))
        if done.recovered:
            terminal.line(("recovered: ", "bold yellow"), done.recovered)
        show_plan(args.host, done.plan, to.notes, terminal)
    if done.waits:
        terminal.line(
            ("waits: ", "bold"),
            f"reverts in {args.confirm:g} s unless confirmed: `netproof confirm {args.site} --host …`",
        )
    else:
        terminal.line(("applied", "bold green") if done.plan else "as declared already")
    return 0


def _holds(to: Target, args: argparse.Namespace, terminal: Terminal) -> bool:
    from netproof.cli.proving import prove_here, show_report

    report = prove_here(to.site, args.host, args.netns)
    if not report.holds:
        show_report(to.site, report, terminal)
    return report.holds


VERB = Verb(
    "apply",
    "make this host what the site says, all or nothing",
    "Do what `plan` shows, read the kernel back, and undo everything if it is not as declared. Plain `apply` confirms "
    "itself; with --confirm or --prove it is reverted if not confirmed, or if the proof is broken.",
    _arguments,
    _run,
)
