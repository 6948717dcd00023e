"""The mark by which a process with no memory recognises our links and namespaces: an ifalias ``MARK:SITE:NAME``."""

from __future__ import annotations

from dataclasses import dataclass


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
