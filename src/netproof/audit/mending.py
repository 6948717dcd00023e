"""Commands that mend, where names of links go into them."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]+").fullmatch


def nft(ifname: str, commands: str) -> tuple[str, ...]:
    """Return the command that has nft do `commands`, in which the name of a link stands.

    A name that nft might take for something else is no part of a command: such a link is set down.
    """
    return ("nft", commands) if _PLAIN(ifname) else ("ip", "link", "set", "dev", ifname, "down")
