"""`netproof apply`: make this host what the site says, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.verb import Verb, host_arguments

if TYPE_CHECKING:
    import argparse

    from netproof.cli.live import Target
    from netproof.cli.terminal import Terminal
    from netproof.proof.report import Report


LONGEST = 24 * 3600
"""Seconds that an apply may wait for its confirmation."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    host_arguments(parser)
    stays = parser.add_mutually_exclusive_group()
    stays.add_argument(
        "--confirm",
        metavar="SECONDS",
        type=_seconds,
        help="revert after so many seconds unless `netproof confirm` comes, even if terminal and applier are gone",
    )
    stays.add_argument("--prove", action="store_true", help="prove what can be proved here; revert if it does not hold")


def _seconds(text: str) -> float:
    import argparse

    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"got {text}; expected seconds, more than 0 and at most {LONGEST} (a day)")
    return seconds


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.apply.transaction import Terms, apply
    from netproof.cli.live import target
    from netproof.cli.planning import show_plan

    # Held to the end: a Ctrl-C during the report must not look as if the apply were undone.
    with target(args, trusted=True) as to, held():
        judge = _Judge(to, args, terminal) if args.prove else None
        done = apply(to.place, to.kernel, to.wish, Terms(confirm_within=args.confirm, judge=judge))
        if done.recovered:
            terminal.line(("recovered: ", "bold yellow"), done.recovered)
        waits = args.confirm if done.waits else None
        show_plan(args.host, done.plan, to.notes, terminal, recovered=done.recovered, waits=waits)
        if waits:
            netns = f" --netns {args.netns}" if args.netns else ""
            command = f"netproof confirm {args.site} --host {args.host}{netns}"
            terminal.line(("waits: ", "bold"), f"reverts in {waits:g} s unless confirmed: `{command}`")
        else:
            terminal.line(("applied", "bold green") if done.plan else "as declared already")
    return 1 if done.plan.aside or (judge and not judge.whole) else 0


class _Judge:
    """Proves what can be proved here; `whole` as long as nothing had to be left open."""

    def __init__(self, to: Target, args: argparse.Namespace, terminal: Terminal) -> None:
        self._to, self._args, self._terminal = to, args, terminal
        self.whole = True

    def __call__(self) -> str:
        """Say why the apply may not stay, "" if it may: no endpoint cut off by its own guest keeps it from that."""
        from netproof.cli.proving import holds_but_for, show_report
        from netproof.cli.shadows import prove_standing
        from netproof.proof.claims import claims
        from netproof.site.furnished import furnished

        site = self._to.site
        report, at = prove_standing(site, self._args.host, self._args.netns, claims(furnished(site)), amid=True)
        self.whole = report.holds
        if not report.holds:
            show_report(site, report, self._terminal, at.left)
        return "" if holds_but_for(at.left, site, report) else _told(report)


def _told(report: Report) -> str:
    """Return which claim keeps an apply from staying, and how many more do."""
    first, *more = sorted((r for r in report.results if r.verdict != "kept"), key=lambda r: r.verdict != "broken")
    and_more = f" (and {len(more)} more are not kept)" if more else ""
    return f"the proof does not hold: claim {first.claim.id} is {first.verdict}{and_more}"


VERB = Verb(
    "apply",
    "make this host what the site says, all or nothing",
    "Do what `plan` shows, read the kernel back, and undo everything if it is not as declared. Plain `apply` confirms "
    "itself; with --confirm or --prove it is reverted if not confirmed, or if the proof does not hold.",
    _arguments,
    _run,
)
