"""Every error a user can meet, as one tree.

::

    NetproofError                 exit  whose turn it is
    ├── InputError                 2    author of the site: one or many Problems, each with its place
    ├── UsageError                 2    operator: the command line, or the state it asks about
    ├── CannotError                3    operator: privilege, kernel feature or program is missing; says what to install
    ├── KernelError                4    kernel: a call failed; names object, step, errno and the kernel's own text
    ├── ConflictError              4    operator: something foreign is in the way; it is named
    ├── ApplyError                 4    operator: apply failed and was undone (or what of it was not)
    └── BusyError                  4    operator: another apply holds the namespace

`Interrupted` (exit 130) is not an error but ends a command the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


def printable(text: str) -> str:
    """Return `text` as one line that a terminal can show: what would steer that is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class NetproofError(Exception):
    """An error told to the user as one sentence, with an exit code and no traceback."""

    exit_code: ClassVar[int] = 4


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with the input: its place, what was got, and what was expected.

    As text it is one line that a terminal can show, whatever the file holds.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: "
        return printable(place + self.message)


class InputError(NetproofError):
    """The site file, or a file it names, is wrong; carries every problem found."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(NetproofError):
    """The command line asks for something that does not exist or does not fit."""

    exit_code = 2


class CannotError(NetproofError):
    """This machine cannot: privilege, kernel feature or program is missing. The message says which, and the remedy."""

    exit_code = 3


class KernelError(NetproofError):
    """A kernel call failed. `what` names the object and the step, `errno` is the kernel's, `text` its extended ack.

    `key` is the object's where a step failed, else empty.
    """

    def __init__(self, what: str, errno: int, text: str = "", key: tuple[str, ...] = ()) -> None:
        import os

        self.what, self.errno, self.text, self.key = what, errno, text, key
        said = os.strerror(errno) + (f": {text}" if text else "")
        super().__init__(f"{what}: the kernel said: {said}")


class ConflictError(NetproofError):
    """A foreign object has the key of one of ours with another value."""


class ApplyError(NetproofError):
    """An apply failed. The message says what failed, and that it was undone or what could not be."""


class BusyError(NetproofError):
    """Another apply holds the lock of this namespace."""


class Interrupted(BaseException):
    """The user pressed Ctrl-C, or the process was told to end; what was begun has been undone."""

    exit_code: ClassVar[int] = 130
