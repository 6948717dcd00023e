"""A node of another host as a vantage: what is so there is asked of the outpost on that host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from netproof.errors import CannotError
from netproof.proof import testimony
from netproof.proof.line import Line


@dataclass(frozen=True, slots=True)
class FarVantage:
    """A node of another host: what a vantage tells, asked of the outpost there. Nobody enters it from here."""

    node: str
    line: Line = field(repr=False)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Raise CannotError: only whoever is there can."""
        raise CannotError(f"{self.node} is on another host: {self.line.host}")
        yield

    def mac(self, ifname: str) -> str:
        """Return the MAC of a link."""
        return self.line.learn(testimony.mac, "mac", self.node, ifname)

    def ifindex(self, ifname: str) -> int:
        """Return the index of a link, over there."""
        return self.line.learn(testimony.number, "ifindex", self.node, ifname)

    def links(self) -> tuple[str, ...]:
        """Name the links."""
        return self.line.learn(testimony.texts, "links", self.node)

    def addresses(self, ifname: str) -> tuple[str, ...]:
        """Return the addresses of a link."""
        return self.line.learn(testimony.texts, "addresses", self.node, ifname)

    @contextmanager
    def route(self, to: str, via: str, ifname: str, mark: int) -> Iterator[None]:  # noqa: ARG002 - of every vantage
        """Raise CannotError: the outpost is told to lead, and to nobody else's mark."""
        raise CannotError(f"{self.node} is on another host: {self.line.host}")
        yield

    def forget_neighbours(self, ifnames: tuple[str, ...], *, unanswered: bool) -> None:
        """Do nothing: a host with a life of its own is not made to forget whom it met."""
