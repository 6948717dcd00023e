"""A claim on trial: its flights in the lab, their controls, and whatever kept them from being flown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from netproof.proof.claim import Claim
from netproof.proof.flight import Flight
from netproof.proof.probe import Probe

Control = Literal["lifted", "ends"]


@dataclass(slots=True, eq=False)
class Trial:
    """Everything that the judge may look at. `ends` are pairs flown before and after; `missing`: why there are none.

    `prelude` are honest flights without which the others would try something else.
    """

    claim: Claim
    probe: Probe
    control: Control | None
    flights: list[Flight] = field(default_factory=list)
    prelude: list[Flight] = field(default_factory=list)
    lifted: list[Flight] = field(default_factory=list)
    ends: list[tuple[Flight, Flight]] = field(default_factory=list)
    missing: str | None = None
    failure: str | None = None
