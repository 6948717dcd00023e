"""How large a packet a whole segment carries."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.overlays.overhead import overhead
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic
from netproof.site.segments import Segment
from netproof.values.address import Address, family_of

ETHERNET_MTU = 1500


def carried(site: Site, segment: Segment) -> int:
    """Return the largest packet in bytes that every uplink of `segment` and every tunnel between its hosts carries."""
    return min(_limits(site, segment), default=ETHERNET_MTU)


def underlay_nic(host: Host, vtep: Address) -> Nic:
    """Return the NIC of `host` that bears the address `vtep`."""
    return next(nic for nic in host.nics if any(address.ip == vtep for address in nic.addresses))


def _limits(site: Site, segment: Segment) -> Iterator[int]:
    for uplink in segment.uplinks:
        yield _of_nic(site, site.hosts[uplink.host].nic(uplink.nic))
    tagged = any(not endpoint.guard.vlan for endpoint in site.endpoints_of(segment.name))
    for name, vtep in site.vteps_of(segment.name).items():
        nic = underlay_nic(site.hosts[name], vtep)
        yield _of_nic(site, nic) - overhead(family_of(vtep), tagged=tagged)


def _of_nic(site: Site, nic: Nic) -> int:
    network = site.networks[nic.network].mtu
    return min(nic.mtu, network) if nic.mtu else network
