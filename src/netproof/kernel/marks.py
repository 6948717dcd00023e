"""The mark by which a process with no memory recognises our links and namespaces: an ifalias ``MARK:SITE:NAME``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from netproof.errors import UsageError
from netproof.kernel.netns import FOLDER, alias_of_lo


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one sort: `netproof` for what is live, `netproof-lab` for a lab's hardware."""

    word: str

    def alias(self, site: str, name: str) -> str:
        """Return the ifalias of the link, or of the namespace's `lo`, that is called `name`."""
        return f"{self.word}:{site}:{name}"

    def site_in(self, alias: str) -> str | None:
        """Return the site that an ifalias names; None if it is no mark of this sort."""
        word, _, rest = alias.partition(":")
        site, colon, _ = rest.partition(":")
        return site if word == self.word and site and colon else None

    def namespaces(self, pattern: str) -> Iterator[tuple[str, str]]:
        """Yield the marked ones of the namespaces whose names match a glob(7) pattern, each with the site of its mark.

        Raises KernelError.
        """
        for path in FOLDER.glob(pattern):
            with suppress(UsageError):  # gone meanwhile, or a mere file
                if site := self.site_in(alias_of_lo(path.name)):
                    yield path.name, site
