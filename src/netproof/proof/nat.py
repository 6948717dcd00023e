"""Where NAT leads, worked out from the site alone: to whoever is neither a managed host nor in a segment."""

from __future__ import annotations

from netproof.site.model import Site
from netproof.site.segments import Segment
from netproof.values.address import Address, family_of


def is_let_out(site: Site, segment: Segment, host: str, nic: str, target: Address) -> bool:
    """Tell whether NAT of `segment` lets its endpoints out to `target` by `nic` of `host`."""
    gateway = segment.gateway
    if gateway is None or gateway.nat != nic or host not in gateway.hosts:
        return False
    behind = site.hosts[host].nic(nic).addresses
    inside = any(family_of(a) == family_of(target) for a in gateway.addresses)
    outside = any(family_of(a) == family_of(target) and not a.is_link_local for a in behind)
    return inside and outside and not (target.version == 6 and target.is_link_local) and not is_withheld(site, target)


def is_withheld(site: Site, target: Address) -> bool:
    """Tell whether `target` is a managed host's own address, or in a segment."""
    if any(a.ip == target for host in site.hosts.values() for a in host.addresses):
        return True
    for segment in site.segments.values():
        wires = site.uplink_networks(segment.name)
        members = [a.ip for e in site.endpoints_of(segment.name) for a in e.addresses]
        members += [a.ip for a in segment.gateway.addresses] if segment.gateway else []
        members += [a.ip for s in site.stations.values() for n in s.nics if n.network in wires for a in n.addresses]
        if target in members or any(target in subnet for subnet in segment.subnets):
            return True
    return False
