"""The host pings a station beside an isolated NIC, from no source of its choice: there and back directly."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, isolated, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if from_ in site.hosts:
        beside = {n.network for n in isolated(site.hosts[from_])}
        nics = [n for n in site.stations[to].nics if n.network in beside]
        trips = (round_trip(site, from_, to, a) for a in own_addresses(nics, family))
        yield from (trip for trip in trips if trip and trip.there[0].nic.isolated)


PROBE = echoes("direct-without-source", "ICMP echo of the host, from no source of its choice", _trips)
