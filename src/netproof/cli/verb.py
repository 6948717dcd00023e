"""What a verb is: one file in `cli.verbs` whose ``VERB`` is one of these; and the arguments that verbs share.

All verbs are loaded for every command, so that they import what they work with when they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from netproof.cli.terminal import Terminal

FORMATS = ("text", "json")
"""How a verb may print: for people, or for programs."""
NAMED = "the site file, or the name of the site"
"""What SITE is for verbs that need only know which site is meant."""


class Verb(NamedTuple):
    """A subcommand: how it reads in `--help`, its arguments, and what it does; `run` returns the exit status."""

    name: str
    summary: str
    description: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Terminal], int]


def host_arguments(parser: argparse.ArgumentParser, site: str = "the site file") -> None:
    """Add SITE, --host and --netns."""
    parser.add_argument("site", metavar="SITE", help=site)
    parser.add_argument("--host", metavar="H", required=True, help="the host of the site that this machine is")
    parser.add_argument("--netns", metavar="N", help="work in this named network namespace instead of our own")
