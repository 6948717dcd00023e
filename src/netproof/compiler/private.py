"""The pass for private segments, as far as they reach beyond one host: there the ports' own flag does not."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.compiler.reason import because
from netproof.compiler.situation import Situation, Wanted
from netproof.isolation.private import apart_from_afar


def private_segments(now: Situation) -> Iterator[Wanted]:
    """Every private segment on the host: its endpoints and those of other hosts are kept apart."""
    for segment in now.segments:
        if segment.private:
            away = (e.mac for e in now.site.endpoints_of(segment.name) if e.host != now.host.name)
            for chain in apart_from_afar(now.site.name, segment.name, now.unguarded(segment), away):
                yield now.placed(segment, chain), because(f"{segment.name} is private", segment.place)
