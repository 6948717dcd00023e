"""The host pings a station from an isolated address: it leaves by that NIC, and by its gateway to all beyond.

Also where the station is beside another NIC of the host, isolated or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, isolated, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if from_ in site.hosts:
        for source in own_addresses(isolated(site.hosts[from_]), family):
            trips = (round_trip(site, from_, to, a, source) for a in own_addresses(site.stations[to].nics, family))
            yield from (trip for trip in trips if trip)


PROBE = echoes("isolated-source", "ICMP echo of the host, from an isolated address", _trips)
