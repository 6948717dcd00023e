"""Where an apply happens, and where its files are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

STATE = Path("/var/lib/netproof")
RUN = Path("/run/netproof")


@dataclass(frozen=True, slots=True)
class Place:
    """One host of one site in one network namespace; `netns` is its name under /run/netns, empty for one's own.

    Files are kept by these three names, never by the namespace's number, which a reboot changes.
    """

    site: str
    host: str
    netns: str = ""
    state: Path = STATE
    run: Path = RUN

    @property
    def folder(self) -> Path:
        """Where journal, record and confirmed site are."""
        return self.state / self.site / self.host / (f"netns-{quote(self.netns, safe='')}" if self.netns else "home")

    def lock_file(self, identity: str) -> Path:
        """Return the file whose lock is that of the namespace, whatever name somebody calls it by."""
        return self.run / f"lock-{re.sub('[^A-Za-z0-9-]', '-', identity)}"

    def __str__(self) -> str:
        return f"{self.host} of {self.site}" + (f" in netns {self.netns}" if self.netns else "")


def place_in(folder: Path) -> Place:
    """Return the place whose files are in `folder`."""
    site, host, where = folder.parts[-3:]
    return Place(site, host, unquote(where.removeprefix("netns-")) if where.startswith("netns-") else "")
