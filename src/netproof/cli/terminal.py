"""Printing: plain text, colour on a terminal, or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from netproof.errors import CannotError

Part = str | tuple[str, str]
"""A piece of a line: text, or text and a rich style such as ``bold red``."""


class Terminal:
    """Where a verb prints. Rich is imported only where colours can be seen.

    A reader who has heard enough (``| head``) changes nothing of what a verb does or returns; any other failure to
    write raises CannotError. After either it is `unheard`, and what is printed goes nowhere.
    """

    def __init__(self, stream: TextIO, *, as_json: bool = False) -> None:
        self.stream = stream
        self.as_json = as_json
        self.unheard = False
        self.colour = stream.isatty() and not as_json and "NO_COLOR" not in os.environ

    def line(self, *parts: Part) -> None:
        """Print one line of text for people; nothing where JSON is asked for."""
        if self.as_json:
            return
        with self._writing():
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
            self.document({"netproof": 1, **value})

    def document(self, value: dict[str, object]) -> None:
        """Print `value` as JSON, whatever was asked for."""
        with self._writing():
            self.stream.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")

    def text(self, text: str) -> None:
        """Print, at once, what another netproof printed for this one."""
        with self._writing():
            self.stream.write(text)
            self.stream.flush()

    def flush(self) -> None:
        """Be sure that all is written."""
        with self._writing():
            self.stream.flush()

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that long work goes on, where a person watches."""
        if not self.colour:
            yield
            return
        from rich.console import Console

        with Console(file=self.stream).status(what):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self._go_silent()
        except OSError as error:
            self._go_silent()
            raise CannotError(f"cannot write the output: {error.strerror}") from error

    def _go_silent(self) -> None:
        self.unheard = True
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self.stream.fileno())
        os.close(null)
        with suppress(OSError):
            self.stream.flush()
