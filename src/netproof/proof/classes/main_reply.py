"""A station pings the host at an address that is not isolated: the reply leaves as if there were no isolated NIC.

Beside an isolated NIC, a host that is configured plainly answers by it, past every router on the way.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.paths import RoundTrip, echoes, others, own_addresses, round_trip
from netproof.site.model import Site


def _trips(site: Site, from_: str, to: str, family: str) -> Iterator[RoundTrip]:
    if to in site.hosts and not site.hosts[to].rules:
        trips = (round_trip(site, from_, to, a) for a in own_addresses(others(site, to), family))
        yield from (trip for trip in trips if trip)


PROBE = echoes("main-reply", "ICMP echo to an address that is not isolated", _trips)
