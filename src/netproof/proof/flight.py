"""What became of one shot in one realm."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from netproof.errors import NetproofError
from netproof.proof.ground import Ground
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, Shot
from netproof.values.address import Address


class Tally(NamedTuple):
    """What became of a flight by itself."""

    sent: list[float]
    landed: set[int]
    failure: str | None
    errno: int | None


@dataclass(slots=True, eq=False)
class Flight:
    """The tally of one shot in one realm. `must_land`: worth waiting for; `failure`: why it could not be sent.

    `is_control`: it only shows that such a packet can arrive, and one copy that does is enough. `over`: its time is
    over, and what lands now has come too late. `announced`: the copies before which their forerunner arrived.
    """

    shot: Shot
    realm: Ground
    must_land: bool
    is_control: bool = False
    number: int = 0
    sent: list[float] = field(default_factory=list)
    departed: set[int] = field(default_factory=set)
    asked: bool = False
    answered: set[int] = field(default_factory=set)
    echoes: set[int] = field(default_factory=set)
    landed: set[int] = field(default_factory=set)
    leaked: dict[Spot, int] = field(default_factory=dict)
    replies: int = 0
    failure: str | None = None
    errno: int | None = None
    over: bool = False
    announced: set[int] = field(default_factory=set)

    def set_out(self, copy: int) -> None:
        """Note that `copy`, which was taken for sent, leaves now."""
        if copy < len(self.sent):
            self.sent[copy] = time.monotonic()

    def announce(self, copy: int, spot: Spot) -> None:
        """Note that what comes before `copy` is heard at `spot`."""
        if self.shot.forerunner and spot == self.shot.forerunner.heard_at:
            self.announced.add(copy)

    def mislead(self, error: OSError | NetproofError) -> None:
        """Note that there is no route for it."""
        self.failure = self.failure or f"no route for it: {error}"

    def strand(self, error: OSError | NetproofError) -> None:
        """Note that its receiver cannot answer."""
        self.failure = f"{self.shot.at.node}: cannot answer: {error}"

    def tally(self) -> Tally:
        """Return what another process has to be told of a control."""
        return Tally(self.sent, self.landed, self.failure, self.errno)

    def take(self, tally: Tally) -> None:
        """Take over what another process tells of this flight."""
        self.sent, self.landed, self.failure, self.errno = tally

    @property
    def left(self) -> bool:
        """Tell whether it left its sender: every copy, or the sender's stack asked for the way, as it must first."""
        if isinstance(self.shot.load, OwnStack) and (self.asked or self.departed):
            return bool(self.sent)
        return bool(self.sent) and len(self.departed) == len(self.sent)

    @property
    def settled(self) -> bool:
        """Tell whether there is nothing more of this flight that the loop should wait for."""
        if self.failure:
            return True
        return len(self.landed) == len(self.sent) if self.must_land else self.left


def rounds(flights: Iterable[Flight]) -> list[list[Flight]]:
    """Return those of `flights` that stacks carry, in rounds in which no sender needs two routes to one address."""
    found: list[dict[tuple[str, Address], Flight]] = []
    for flight in flights:
        if not isinstance(load := flight.shot.load, OwnStack):
            continue
        key = (flight.shot.sender.node, load.to)
        free = next((r for r in found if key not in r), None)
        if free is None:
            found.append(free := {})
        free[key] = flight
    return [list(each.values()) for each in found]
