"""Where the prover may stand: a namespace that it may enter, look around in, and send from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

MARK = 0x6E70
"""What packets bear (SO_MARK) that go by a host route of the proof's: others of that node go as they always do."""


class Vantage(Protocol):
    """A namespace handed to the prover. Every method raises `OSError` or `NetproofError` once the namespace is gone."""

    @property
    def node(self) -> str:
        """The host, station or endpoint of the site whose namespace this is."""

    def enter(self) -> AbstractContextManager[object]:
        """Put the calling thread into the namespace, and back where it was afterwards."""

    def mac(self, ifname: str) -> str:
        """Return the MAC of a link, in lower case with colons."""

    def ifindex(self, ifname: str) -> int:
        """Return the index of a link in this namespace."""

    def links(self) -> tuple[str, ...]:
        """Name the links of the namespace."""

    def addresses(self, ifname: str) -> tuple[str, ...]:
        """Return the addresses of a link, as ``ADDRESS/LENGTH``."""

    def route(self, to: str, via: str, ifname: str, mark: int) -> AbstractContextManager[object]:
        """Lead packets for the address `to` that bear `mark` over the next hop `via` on `ifname`, whatever subnets say.

        Undone after. No other packet takes that way.
        """

    def forget_neighbours(self, ifnames: tuple[str, ...], *, unanswered: bool) -> None:
        """Let the kernel forget which neighbours it found on these links; `unanswered`: or is still asking for."""
