"""A station that is not beside an isolated NIC pings it: the reply leaves by that NIC, by its own gateway.

Also where the station is beside another NIC of the host. Configured plainly, the reply takes that short cut, or the
default route of another NIC.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, isolated, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if to in site.hosts:
        trips = (round_trip(site, from_, to, a) for a in own_addresses(isolated(site.hosts[to]), family))
        yield from (trip for trip in trips if trip and len(trip.there) > 1)


PROBE = echoes("far-reply", "ICMP echo to an isolated NIC by routers", _trips)
