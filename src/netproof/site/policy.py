"""Policy lines: who may start which traffic towards whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from netproof.site.place import NOWHERE, Place
from netproof.values.address import Network


@dataclass(frozen=True, slots=True)
class Traffic:
    """A kind of traffic that a policy line speaks of: ``all``, ``icmp``, or ``tcp``/``udp`` to a range of ports."""

    protocol: str
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        if self.first is None:
            return self.protocol
        return f"{self.protocol}/{self.first}" + (f"-{self.last}" if self.last != self.first else "")


Selector = str | Network
"""Who a policy line speaks of: the name of an endpoint, segment, host or station, a prefix, or ``any``."""

ANY: Selector = "any"


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """Who may (`allow`), or may not, start which `traffic` towards whom; of all lines the first that matches counts."""

    from_: tuple[Selector, ...]
    to: tuple[Selector, ...]
    traffic: tuple[Traffic, ...]
    allow: bool
    place: Place = field(default=NOWHERE, compare=False)
