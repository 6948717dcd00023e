"""One statement about traffic that must hold."""

from __future__ import annotations

from dataclasses import dataclass

from netproof.proof.probe import Expect, Kind


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """That packets of a probe class from `from_` to `to` are delivered, or denied. `id` is stable for a site."""

    id: str
    kind: Kind
    from_: str
    to: str
    class_: str
    family: str
    expect: Expect
