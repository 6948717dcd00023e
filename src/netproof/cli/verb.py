"""What a verb is: one file in `cli.verbs` whose ``VERB`` is one of these."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from netproof.cli.terminal import Terminal

FORMATS = ("text", "json")
"""How a verb may print: for people, or for programs."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A subcommand: how it reads in `--help`, its arguments, and what it does; `run` returns the exit status."""

    name: str
    summary: str
    description: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Terminal], int]
