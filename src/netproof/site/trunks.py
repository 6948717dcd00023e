"""Trunks: each VLAN in use is a network of its own, and where it is bridged, a link of its own on the host's NIC.

::

    uplinks: [{nic: hv1.eth2, vid: 30}]               stations: {far: {network: wire, vid: 30}}

    hv1  eth2 ── network wire                    ┌─ network wire.30 ─┐
          └─ SITE-eth2.30 ───────────────────────┤                   ├── far eth0
                   └─[ bridge of the segment ]   └───────────────────┘

No declared name has a dot. All else that knows of networks, NICs and uplinks need not know of VLANs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from netproof.declared.document import Document
from netproof.site.nodes import Nic, PhysicalNetwork, Vlan
from netproof.site.place import Place
from netproof.values.address import Network
from netproof.values.naming import vlan_ifname


class TrunkUplink(NamedTuple):
    """An uplink that is one VLAN of a NIC, as the file has it."""

    segment: str
    host: str
    nic: str
    vid: int
    place: Place


def network_of(network: str, vid: int | None) -> str:
    """Name the network that a NIC on `network` is on: all of it, or one VLAN."""
    return network if vid is None else f"{network}.{vid}"


def uplinks_of(document: Document) -> Iterator[TrunkUplink]:
    """Yield the uplinks that are VLANs."""
    for name, segment in document.written.segments.items():
        for i, uplink in enumerate(segment.uplinks):
            host, _, nic = uplink.nic.partition(".")
            if uplink.vid is not None:
                place = Place(document.file, *document.at(("segments", name, "uplinks", i), key=True))
                yield TrunkUplink(name, host, nic, uplink.vid, place)


def vlans_of(document: Document, networks: Mapping[str, PhysicalNetwork]) -> Iterator[PhysicalNetwork]:
    """Yield each VLAN of `networks` that is in use; its subnets are those of the segments that it is bridged into."""
    written = document.written
    subnets: dict[tuple[str, int], dict[Network, None]] = defaultdict(dict)
    for uplink in uplinks_of(document):
        on = written.hosts[uplink.host].nics[uplink.nic].network
        subnets[on, uplink.vid] |= dict.fromkeys(written.segments[uplink.segment].subnets)
    for station in written.stations.values():
        for nic in (station,) if station.nics is None else station.nics.values():
            if nic.vid is not None and nic.network is not None:
                subnets[nic.network, nic.vid] |= {}
    for (name, vid), found in subnets.items():
        trunk = networks[name]
        yield PhysicalNetwork(network_of(name, vid), tuple(found), trunk.mtu, Vlan(name, vid), trunk.place)


def links_of(document: Document, host: str) -> Iterator[Nic]:
    """Yield the links of `host` that carry one VLAN of a NIC each."""
    written = document.written.hosts[host]
    for uplink in uplinks_of(document):
        if uplink.host == host:
            below = written.nics[uplink.nic]
            ifname = vlan_ifname(document.written.site, uplink.nic, uplink.vid)
            vlan, network = Vlan(uplink.nic, uplink.vid), network_of(below.network, uplink.vid)
            yield Nic(ifname, network, mtu=below.mtu, vlan=vlan, place=uplink.place)
