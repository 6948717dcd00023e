"""What a check is: one file in `audit.checks` whose ``CHECK`` is one of these; and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from netproof.state.facts import Facts

_FEW: Final = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """A trap that is open here. `where` names the place, the same at every run, and but once a check.

    `evidence` is what of the facts shows it, as a sentence. `mend` is the one command, argument by argument, that
    closes it until the next boot, run in the namespace that was audited; `of_host`: outside of it, for it is about
    processes or files.
    """

    where: str
    evidence: str
    mend: tuple[str, ...]
    of_host: bool = False

    def command(self, netns: str | None) -> tuple[str, ...]:
        """Return what to run on the host to mend this in the audited namespace (None: the host's own)."""
        return self.mend if netns is None or self.of_host else ("ip", "netns", "exec", netns, *self.mend)


@dataclass(frozen=True, slots=True)
class Check:
    """A detector of one trap. `title` names the trap, `why` says in a sentence what comes of it.

    `needs` are the fields of `Facts` that some machines cannot gather, and without which nothing can be said.
    """

    name: str
    title: str
    why: str
    reference: str
    findings: Callable[[Facts], Iterable[Finding]]
    needs: frozenset[str] = frozenset()


def listed(names: Iterable[str]) -> str:
    """Return names in a row; of many the first few, and how many more there are."""
    each = list(names)
    more = f" and {len(each) - _FEW} more" if len(each) > _FEW else ""
    return ", ".join(each[:_FEW]) + more


def set_sysctl(*settings: str) -> tuple[str, ...]:
    """Return the command that makes settings, each ``path=value``; by path, for names of links have dots in them."""
    return ("sysctl", "-w", *settings)
