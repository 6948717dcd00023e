"""The host pings a station that is beside no isolated NIC, from no source of its choice: as if it had no such NIC."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if from_ in site.hosts and not site.hosts[from_].rules:
        trips = (round_trip(site, from_, to, a) for a in own_addresses(site.stations[to].nics, family))
        yield from (trip for trip in trips if trip and not trip.there[0].nic.isolated)


PROBE = echoes("main-without-source", "ICMP echo of the host, from no source of its choice", _trips)
