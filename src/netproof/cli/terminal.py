"""Printing: plain text, colour on a terminal, or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

Part = str | tuple[str, str]
"""A piece of a line: text, or text and a rich style such as ``bold red``."""


class Terminal:
    """Where a verb prints. Rich is imported only where colours can be seen."""

    def __init__(self, stream: TextIO, *, as_json: bool = False) -> None:
        self.stream = stream
        self.as_json = as_json
        self.colour = stream.isatty() and not as_json and "NO_COLOR" not in os.environ

    def line(self, *parts: Part) -> None:
        """Print one line of text for people; nothing where JSON is asked for."""
        if self.as_json:
            return
        if self.colour:
            from rich.console import Console
            from rich.text import Text

            pieces = [p if isinstance(p, str) else (p[0], p[1]) for p in parts]
            Console(file=self.stream, highlight=False, soft_wrap=True).print(Text.assemble(*pieces))
        else:
            print("".join(p if isinstance(p, str) else p[0] for p in parts), file=self.stream)

    def json(self, value: dict[str, object]) -> None:
        """Print `value` with the format's number, as JSON; nothing where text is asked for."""
        if self.as_json:
            json.dump({"netproof": 1, **value}, self.stream, indent=1, ensure_ascii=False)
            self.stream.write("\n")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that long work goes on, where a person watches."""
        if not self.colour:
            yield
            return
        from rich.console import Console

        with Console(file=self.stream).status(what):
            yield
