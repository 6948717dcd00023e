"""A command that is to run under the other kernel."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Program and arguments, its folder and environment; `size`: rows and columns of its terminal, if it is on one."""

    argv: list[str]
    folder: str
    environment: dict[str, str]
    size: tuple[int, int] | None = None

    def encoded(self) -> bytes:
        """Return it as a frame carries it; names of files may be any octets, and are as Python has them."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def decoded(content: bytes) -> Command:
        """Return what `encoded` made these octets of."""
        return Command(**json.loads(content))
