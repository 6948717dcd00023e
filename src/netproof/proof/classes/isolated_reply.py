"""A station beside an isolated NIC pings it: the reply comes straight back, in a frame of that NIC."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, isolated, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if to in site.hosts:
        trips = (round_trip(site, from_, to, a) for a in own_addresses(isolated(site.hosts[to]), family))
        yield from (trip for trip in trips if trip and len(trip.there) == 1)


PROBE = echoes("isolated-reply", "ICMP echo to an isolated NIC beside it", _trips)
