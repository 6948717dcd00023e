"""What a renderer is: one file in `render` whose ``RENDERER`` is one of these; and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netproof.compiler.compile import Compiled
from netproof.errors import UsageError
from netproof.site.model import Site


@dataclass(frozen=True, slots=True)
class Subject:
    """A site; the host of it that was named, if one was; and how to compile that host for this kernel."""

    site: Site
    host: str | None
    compile: Callable[[str], Compiled]

    def compiled(self) -> Compiled:
        """Return what the named host should be. Raises UsageError if none was, and what the compiler raises."""
        if self.host is None:
            raise UsageError(f"which host? expected --host, one of: {', '.join(self.site.hosts)}")
        return self.compile(self.host)


@dataclass(frozen=True, slots=True)
class Renderer:
    """One language: its name on the command line, and what writes it."""

    name: str
    render: Callable[[Subject], str]


def printable(text: str) -> str:
    """Return `text` as it may stand in a comment of one line, whatever a path that it names is made of."""
    return "".join(character if character.isprintable() else "?" for character in text)
