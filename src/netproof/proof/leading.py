"""Host routes for as long as something is sent by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from netproof.errors import NetproofError
from netproof.proof.flight import Flight
from netproof.proof.ground import Ground
from netproof.proof.probe import OwnStack


def is_led(flight: Flight) -> bool:
    """Tell whether a flight goes by a host route of the proof's own."""
    return isinstance(flight.shot.load, OwnStack) and flight.shot.load.via is not None


@contextmanager
def led(realm: Ground, flights: Sequence[Flight]) -> Iterator[None]:
    """Have the route of each of `flights` in place; that there is none, or that it was lost, is its failure."""
    with ExitStack() as routes:
        for flight in flights:
            _lead(realm, flight, routes)
        yield


def _lead(realm: Ground, flight: Flight, routes: ExitStack) -> None:
    route = ExitStack()
    try:
        realm.led(flight.shot, route, flight.mislead)
    except (OSError, NetproofError) as error:
        flight.mislead(error)
    else:
        routes.callback(_leave, flight, route)


def _leave(flight: Flight, route: ExitStack) -> None:
    try:
        route.close()
    except (OSError, NetproofError) as error:  # its namespace is gone
        flight.failure = flight.failure or f"its route was lost meanwhile: {error}"
