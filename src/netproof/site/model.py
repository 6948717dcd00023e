"""The site as the program means it: names resolved, short forms written out, defaults filled in, nothing unsupported.

Everything is frozen. `place` is where in the site file a thing was declared; it never takes part in equality.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from netproof.site.endpoints import Endpoint
from netproof.site.nodes import Host, PhysicalNetwork, Station
from netproof.site.policy import PolicyLine
from netproof.site.segments import Annex, Segment
from netproof.values.address import FAMILIES, Address, family_of


@dataclass(frozen=True)
class Site:
    """A whole site: every mapping is by name, in the order of the file. `file` is the path as given."""

    name: str
    file: str = field(default="", compare=False)
    networks: Mapping[str, PhysicalNetwork] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    stations: Mapping[str, Station] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    policy: tuple[PolicyLine, ...] = ()

    def endpoints_of(self, segment: str) -> Iterator[Endpoint]:
        """Yield the endpoints of `segment`."""
        return iter(self._endpoints_of.get(segment, ()))

    @cached_property
    def _endpoints_of(self) -> Mapping[str, list[Endpoint]]:
        found: dict[str, list[Endpoint]] = {}
        for endpoint in self.endpoints.values():
            found.setdefault(endpoint.segment, []).append(endpoint)
        return found

    def stations_on(self, network: str) -> Iterator[Station]:
        """Yield the stations with a NIC on `network`."""
        return (s for s in self.stations.values() if any(n.network == network for n in s.nics))

    def uplink_networks(self, segment: str) -> tuple[str, ...]:
        """Name the networks that uplinks of `segment` plug into."""
        return tuple(self.hosts[u.host].nic(u.nic).network for u in self.segments[segment].uplinks)

    def members(self, segment: str) -> tuple[Endpoint | Station, ...]:
        """Return the members of `segment`: its endpoints, then the stations on its uplinks' networks."""
        stations = {s.name: s for network in self.uplink_networks(segment) for s in self.stations_on(network)}
        return (*self.endpoints_of(segment), *stations.values())

    def hosts_of(self, segment: str) -> tuple[Host, ...]:
        """Return the hosts with an uplink or an endpoint of `segment`, or its gateway, in the order of the file."""
        return self._hosts_of[segment]

    @cached_property
    def _hosts_of(self) -> Mapping[str, tuple[Host, ...]]:
        return {segment: self._hosts_on(segment) for segment in self.segments}

    def _hosts_on(self, segment: str) -> tuple[Host, ...]:
        declared = self.segments[segment]
        here = {u.host for u in declared.uplinks} | {e.host for e in self.endpoints_of(segment)}
        here |= set(declared.gateway.hosts if declared.gateway else ())
        return tuple(h for h in self.hosts.values() if h.name in here)

    @property
    def annexes(self) -> tuple[Annex, ...]:
        """Every annex of every host."""
        every = (s.annex(host.name) for s in self.segments.values() for host in self.hosts_of(s.name))
        return tuple(filter(None, every))

    def vteps_of(self, segment: str) -> Mapping[str, Address]:
        """Return the VTEP of each host of `segment`, by host: of the group's family, else of one all have, IPv4 first.

        Empty for a segment without a VNI.
        """
        declared, hosts = self.segments[segment], self.hosts_of(segment)
        if declared.vni is None:
            return {}
        group = declared.overlay.group if declared.overlay else None
        for family in (family_of(group),) if group else FAMILIES:
            found = {h.name: v for h in hosts for v in h.vteps if family_of(v) == family}
            if len(found) == len(hosts):
                return found
        return {}
