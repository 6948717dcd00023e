"""The host pings a station from an address of its own that is not isolated: as if there were no isolated NIC.

Configured plainly, it goes to a station beside an isolated NIC by that NIC, with a source that is not of that network.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, others, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if from_ in site.hosts and not site.hosts[from_].rules:
        for source in own_addresses(others(site, from_), family):
            trips = (round_trip(site, from_, to, a, source) for a in own_addresses(site.stations[to].nics, family))
            yield from (trip for trip in trips if trip)


PROBE = echoes("main-source", "ICMP echo of the host, from an address that is not isolated", _trips)
