"""`netproof check`: is the site file right, what does it mean, which claims does it make?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument("--claims", action="store_true", help="list every claim that a proof would make, one id a line")


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.cli.drawing import drawing
    from netproof.compiler.warnings import warnings
    from netproof.proof.claims import claims
    from netproof.site.furnished import furnished
    from netproof.site.load import load_site

    site = load_site(args.site)
    ids = [claim.id for claim in claims(furnished(site))]
    warned = [str(problem) for problem in warnings(site)]
    terminal.json({"site": site.name, "warnings": warned, "claims": ids})
    if args.claims:
        for claim in ids:
            terminal.line(claim)
        return 0
    terminal.line("site ", (site.name, "bold"))
    terminal.line()
    for line in drawing(site):
        terminal.line("  ", line)
    terminal.line()
    for warning in warned:
        terminal.line(("warning: ", "bold yellow"), warning)
    counts = ", ".join(
        f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
        for things, word in (
            (site.networks, "network"),
            (site.hosts, "host"),
            (site.stations, "station"),
            (site.segments, "segment"),
            (site.endpoints, "endpoint"),
        )
    )
    terminal.line(f"{args.site}: valid: {counts}; {len(ids)} claims")
    return 0


VERB = Verb(
    "check",
    "validate a site file, draw it, list its claims",
    "Validate a site file without touching anything: every error at once, each with its place; then draw the site, "
    "warn of what the proof would show, and count the claims.",
    _arguments,
    _run,
)
