"""What is legal in a site but hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.site.model import Site
from netproof.site.place import Place


def warnings(site: Site) -> tuple[Problem, ...]:
    """Return what the site alone tells: nothing here stops anything."""
    return tuple(sorted((*_packets_too_big(site), *_nobody_there(site))))


def _warning(place: Place, message: str) -> Problem:
    return Problem(place.file, place.line, place.column, message)


def _packets_too_big(site: Site) -> Iterator[Problem]:
    for node in (*site.hosts.values(), *site.stations.values()):
        for nic in node.nics:
            network = site.networks[nic.network]
            if nic.mtu is not None and nic.mtu > network.mtu:
                message = f"{node.name}: {nic.name} sends packets of {nic.mtu} bytes; network {network.name} carries"
                yield _warning(nic.place, f"{message} {network.mtu}")


def _nobody_there(site: Site) -> Iterator[Problem]:
    for segment in site.segments.values():
        if not segment.uplinks and next(site.endpoints_of(segment.name), None) is None:
            message = f'segment "{segment.name}" has neither endpoints nor uplinks: nothing is made of it'
            yield _warning(segment.place, message)
