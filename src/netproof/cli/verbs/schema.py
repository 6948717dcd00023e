"""`netproof schema`: the JSON Schema of the site file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own: the schema is JSON in either format."""


def _run(_args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.declared.schema import json_schema

    terminal.document(json_schema())
    return 0


VERB = Verb(
    "schema",
    "print the JSON Schema of the site file",
    "Print the JSON Schema (2020-12) of site format 1, for editors that complete and check while one types.",
    _arguments,
    _run,
)
