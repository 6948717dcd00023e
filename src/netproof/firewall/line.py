"""A policy line as the rules of one host need it: where those that it speaks of stand, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Protocol

from netproof.values.address import Network


class Traffic(Protocol):
    """What is started: ``all``, ``icmp``, or ``tcp`` or ``udp`` to the ports from `first` to `last`."""

    @property
    def protocol(self) -> str:
        """The kind of traffic."""

    @property
    def first(self) -> int | None:
        """The first port; None for those without ports."""

    @property
    def last(self) -> int | None:
        """The last port."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody is met on a host: at the links `ports`; one without is the host itself.

    An endpoint of this host is its port, whatever it sends. Behind a port that leads to others somebody is told apart
    by `macs` (an endpoint of another host), or by `prefixes` (a station, or whoever is outside all segments); with
    neither it is whoever is there.
    """

    ports: tuple[str, ...]
    macs: tuple[str, ...] = ()
    prefixes: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """Line `number` of the policy, within one segment: those of `sources` may (`allow`), or not, start `traffic`.

    `of_errors`: in its place they may send ICMP errors about connections, and nothing else.
    """

    number: int
    sources: tuple[Spot, ...]
    targets: tuple[Spot, ...]
    traffic: tuple[Traffic, ...]
    allow: bool
    of_errors: bool = False

    @property
    def is_of_all(self) -> bool:
        """Whether it decides any IP packet at all."""
        return any(traffic.protocol == "all" for traffic in self.traffic)

    @property
    def pairs(self) -> tuple[tuple[Spot, Spot], ...]:
        """Everyone who may be a source with everyone who may be a target, where a frame can pass between the two.

        A bridge sends nothing back to the port that it came by.
        """
        both = product(self.sources, self.targets)
        return tuple((a, b) for a, b in both if a.ports != b.ports or len(a.ports) > 1)

    @property
    def verdict(self) -> str:
        """What becomes of what it decides, as nft says it."""
        return "accept" if self.allow else "drop"
